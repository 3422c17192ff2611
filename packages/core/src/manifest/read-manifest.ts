import { type Manifest, manifestSchema } from "./manifest.js";

export type ReadManifest =
  | { readonly ok: true; readonly manifest: Manifest }
  | { readonly ok: false; readonly message: string; readonly hint: string };

/** Reads a manifest's text; one of another version is refused by its number. */
export function readManifest(text: string): ReadManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, message: "the manifest is not valid JSON", hint: "build the topology again" };
  }
  const version = typeof json === "object" && json !== null && "manifest" in json ? json.manifest : undefined;
  if (version !== 1) {
    const found = version === undefined ? "no version" : `version ${JSON.stringify(version)}`;
    return {
      ok: false,
      message: `the manifest has ${found}, this dune reads version 1`,
      hint: "build the topology again with this dune, or read the manifest with the dune that wrote it",
    };
  }
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return { ok: true, manifest: parsed.data };
  const where = parsed.error.issues[0]?.path.map(String).join(".") ?? "";
  return { ok: false, message: `the manifest is damaged at ${where}`, hint: "build the topology again" };
}
