/**
 * Phase 5. In: the rendering. Out: with it, the programs that its nodes use, for the platform where each sits.
 * The language has no programs to build yet, so the rendering passes as it is; the hook is already where it will be.
 * Plugins may check (`binariesCheck`).
 */
import type { Context } from "../../context.js";
import type { Rendering } from "../4-render/rendering.js";
import type { Binaries } from "./binaries.js";

export async function build(rendering: Rendering, { hooks }: Context): Promise<Binaries> {
  const binaries: Binaries = { rendering };
  await hooks.check("binariesCheck", binaries);
  return binaries;
}
