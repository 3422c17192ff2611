import type { FilePathOrigin, Origin, Path } from "../../diagnostics/diagnostic.js";
import type { Layer } from "./document.js";

type Narrowing = Pick<FilePathOrigin, "offset" | "length">;

/** The origin of a path of a layer: a `--set` that gave it, the file, or the plugin. */
export function fileOrigin(
  layer: Layer,
  path: Path,
  target?: "key" | "value",
  narrowing: Narrowing = {},
): Origin {
  const { origin, overridden } = layer;
  const setting = overridden.findLast((entry) => entry.path.every((key, index) => key === path[index]));
  if (setting !== undefined) return { set: setting.text };
  if ("file" in origin) return { file: origin.file, path, ...(target && { target }), ...narrowing };
  return origin;
}
