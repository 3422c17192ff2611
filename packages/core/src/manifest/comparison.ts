/* What differs between two manifests, in what a person thinks in, and what each difference takes on a running lab. */

export interface Comparison {
  /** Sorted by kind (in the order of `changeKinds`), then name. Empty: the two are the same for whoever runs them. */
  readonly changes: readonly Change[];
  /** What all of it takes together: a process that three changes restart is restarted once. */
  readonly effect: Effect;
}

export const changeKinds = ["lab", "phynode", "node", "link", "process", "file", "program"] as const;
export type ChangeKind = (typeof changeKinds)[number];

export interface Change {
  readonly kind: ChangeKind;
  /**
   * How a person calls it: the lab's, a phynode's or a node's name, a link's display name (the new one), `r0/bird`,
   * `r0:/etc/bird.conf` (of the server: `server1:/etc/hosts`), `probe linux/arm64`.
   */
  readonly name: string;
  /** `moved`: a node that sits on another phynode. */
  readonly change: "added" | "removed" | "moved" | "changed";
  /** What it is of whom, for who wants to look it up: node, link id, process, path. */
  readonly subject: Subject;
  /** What has changed in it; of what is added or removed nothing. */
  readonly values: readonly ValueChange[];
  /** What else is to be said of it: why a program differs where nothing that the manifest knows does. */
  readonly note?: string;
  readonly effect: Effect;
}

export interface Subject {
  readonly phynode?: string;
  readonly node?: string;
  /** Both endpoints sorted, as in the manifest. */
  readonly link?: string;
  readonly process?: string;
  /** Of a file. */
  readonly path?: string;
  readonly binary?: string;
  readonly platform?: string;
}

export interface ValueChange {
  /** In the terms of the language: `bw`, `r0:eth1 latency`, `cores`, `sysctl net.ipv4.ip_forward`, `route default`. */
  readonly what: string;
  /** As it would be written in a topology; absent: there is none. */
  readonly before?: string;
  readonly after?: string;
  /** Where the language has it, from the entity on: `["bw"]`, `["r0:eth1", "latency"]`. Absent: it is nowhere written. */
  readonly key?: readonly (string | number)[];
}

/** What a change takes on a running lab; all empty and not live: nothing. Every list is sorted. */
export interface Effect {
  /** Whether something is made, changed or deleted beside what stays and runs on. */
  readonly live: boolean;
  /** Processes that are started, stopped, restarted, or told to reload: `r0/bird`. */
  readonly starts: readonly string[];
  readonly stops: readonly string[];
  readonly restarts: readonly string[];
  readonly reloads: readonly string[];
  /** Nodes whose namespace is deleted and made again. */
  readonly remadeNodes: readonly string[];
  /** Links, by display name, that are deleted and made again: of a tunnel perhaps one end only. */
  readonly remadeLinks: readonly string[];
  /** Nodes that stay, and lose, get, or get anew an interface. */
  readonly neighbours: readonly string[];
}

/** The order of a comparison's changes. */
export function byKindAndName(a: Change, b: Change): number {
  const kinds = changeKinds.indexOf(a.kind) - changeKinds.indexOf(b.kind);
  return kinds || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}
