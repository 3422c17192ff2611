/** What a `dist` holds, by its manifest. */
export interface EarlierBuild {
  readonly phynodes: readonly string[];
  readonly artifacts: readonly string[];
}

/** What any version's manifest says of its `dist`: an older dune's build is dune's own too. Undefined for any other text. */
export function earlierBuild(manifest: string): EarlierBuild | undefined {
  try {
    const json: {
      manifest?: unknown;
      phynodes?: readonly { name?: unknown }[];
      artifacts?: readonly unknown[];
    } | null = JSON.parse(manifest);
    if (typeof json?.manifest !== "number" || !Array.isArray(json.phynodes)) return undefined;
    const texts = (values: readonly unknown[]) => values.filter((value) => typeof value === "string");
    return {
      phynodes: texts(json.phynodes.map((each) => each?.name)),
      artifacts: texts(json.artifacts ?? []),
    };
  } catch {
    return undefined;
  }
}
