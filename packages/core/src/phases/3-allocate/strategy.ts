import type { Problem } from "./problem.js";

/** A way to choose where nodes go. The same problem must always give the same answer. */
export interface Strategy {
  /** Decides for all nodes at once; `compile` checks the answer of a plugin's against the hard rules. */
  place(problem: Problem): Assignment | Misfit;
}

/** Where everything goes, in the indexes of the problem. */
export interface Assignment {
  readonly kind: "assignment";
  /** For each node its index in `problem.servers`. */
  readonly serverOf: ArrayLike<number>;
  /** For each unit its index in `problem.groups`, -1 for a unit that may be spread over its server. */
  readonly groupOf: ArrayLike<number>;
}

/** No assignment was found. */
export interface Misfit {
  readonly kind: "misfit";
  /** A node that was left over, an index in `problem.topology.nodes`. */
  readonly node: number;
  /** Whether every possibility was tried; if not, there may be an assignment all the same. */
  readonly proven: boolean;
  /** How far it got; -1 for what has no place. */
  readonly serverOf: ArrayLike<number>;
  readonly groupOf: ArrayLike<number>;
}
