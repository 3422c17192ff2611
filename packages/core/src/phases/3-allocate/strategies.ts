import { cut } from "./cut.js";
import { firstFit } from "./first-fit.js";
import type { Strategy } from "./strategy.js";

/** The strategies that dune brings, registered as a plugin's are. */
export const strategies: Readonly<Record<string, Strategy>> = { [cut.name]: cut, [firstFit.name]: firstFit };
