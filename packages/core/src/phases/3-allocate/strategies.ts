import type { ownAllocators } from "../2-resolve/allocators.js";
import { cut } from "./cut.js";
import { firstFit } from "./first-fit.js";
import type { Strategy } from "./strategy.js";

/** The strategies that dune brings. */
export const strategies: Readonly<Record<(typeof ownAllocators)[number], Strategy>> = {
  cut,
  "first-fit": firstFit,
};
