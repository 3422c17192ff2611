import type { Change } from "./comparison.js";

/** A change with what it takes at first hand. What follows from that, all changes tell together. */
export interface Finding extends Omit<Change, "effect"> {
  readonly takes: Takes;
}

export interface Takes {
  /** Whether something is made, changed or deleted beside what stays. */
  readonly live?: boolean;
  /** Names of nodes that stay where they are, and are made anew. */
  readonly remadeNodes?: readonly string[];
  readonly remadeLinks?: readonly RemadeLink[];
  /** Nodes that lose or get an interface. */
  readonly touched?: readonly string[];
  /** Processes, `r0/bird`. */
  readonly starts?: readonly string[];
  readonly stops?: readonly string[];
  readonly restarts?: readonly string[];
  readonly reloads?: readonly string[];
}

export interface RemadeLink {
  readonly id: string;
  /** Nodes whose interface is another one then: the servers at the ends of a tunnel make each its own. */
  readonly nodes: readonly string[];
}

/** Takes what each of the parts takes. */
export function takesAll(parts: readonly Takes[]): Takes {
  const all = <K extends keyof Takes>(key: K) => parts.flatMap((part) => (part[key] ?? []) as never[]);
  return {
    live: parts.some(({ live }) => live),
    remadeNodes: all("remadeNodes"),
    remadeLinks: all("remadeLinks"),
    touched: all("touched"),
    starts: all("starts"),
    stops: all("stops"),
    restarts: all("restarts"),
    reloads: all("reloads"),
  };
}
