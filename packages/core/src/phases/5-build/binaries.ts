import type { Rendering } from "../4-render/rendering.js";

/** What phase 5 makes. Programs are not built yet: the language has no `binaries`, so there is nothing beside the rendering. */
export interface Binaries {
  readonly rendering: Rendering;
}
