import type { InterfaceAddress } from "../../values/address.js";
import type { Platform } from "../../values/platform.js";
import type { Document, TomlValue } from "../1-parse/document.js";
import type { Fragment } from "./fragment.js";

/** What phase 2 makes: everything declared, merged and typed; units are numbers. Arrays are sorted by name or id. */
export interface Topology extends Declared<Topology> {
  readonly document: Document;
  /** The lab's name. */
  readonly name: string;
  readonly params: Readonly<Record<string, TomlValue>>;
  readonly infrastructure: Infrastructure;
  readonly nodes: readonly Node[];
  readonly links: readonly Link[];
  /** Sorted by name. */
  readonly binaries: readonly Binary[];
  /** Declared ones, sorted by platform. */
  readonly toolchains: readonly Toolchain[];
  /** Plugins' keys of `[topology]`. */
  readonly extensions: Extensions;
}

/** What tells where an entity's values come from. Kept by dune: what a plugin writes into it has no effect. */
export interface Declared<Entity> {
  /** What it was merged from, weakest first; empty for what a plugin made up. */
  readonly fragments: readonly Fragment[];
  /** The last change by a plugin, in the hook `topology`; absent where no plugin changed it. */
  readonly change?: Change<Entity>;
}

export interface Change<Entity> {
  readonly plugin: string;
  /** The entity as the plugin was given it; absent where the plugin made it up. */
  readonly before?: Entity;
}

/** Parsed values of plugins' schema extensions, by key; read them by `extension.of(entity)`. */
export type Extensions = Readonly<Record<string, unknown>>;

export interface Infrastructure extends Declared<Infrastructure> {
  /** Written before a node's name to make its netns. */
  readonly namespacePrefix: string;
  /** UDP port of VXLAN. */
  readonly vxlanPort: number;
  /** Name of the allocation strategy. */
  readonly allocator: string;
  readonly phynodes: readonly Phynode[];
  /** Whether none was declared: the one phynode is then the machine that compiles. */
  readonly isLocalhost: boolean;
  readonly extensions: Extensions;
}

/** A physical server. */
export interface Phynode extends Declared<Phynode> {
  readonly name: string;
  /** Core numbers by NUMA node. */
  readonly cores: readonly (readonly number[])[];
  /** Underlay address, canonical text. */
  readonly address?: string;
  /** Underlay device. */
  readonly interface?: string;
  /** Underlay MTU in bytes. */
  readonly mtu?: number;
  readonly rateBitsPerSecond?: number;
  readonly platform: Platform;
  readonly ssh?: string;
  readonly tags: readonly string[];
  /** Processes per core. */
  readonly oversubscribe: number;
  readonly setup: { readonly pre: readonly string[]; readonly post: readonly string[] };
  readonly binds: readonly Bind[];
  readonly sysctls: readonly Sysctl[];
  readonly limits: { readonly nodes: number };
  readonly extensions: Extensions;
}

/** A file carried as it is: from the topology's folder (`src`) to a path on the phynode (`dst`, an inline string). */
export interface Bind {
  readonly src: string;
  readonly dst: string;
  /** Permission bits. */
  readonly mode: number;
  /** Whether the user declared them; if not they are narrowed where others may not read the source. */
  readonly modeDeclared: boolean;
  /** `user` or `user:group`; absent: whoever brings the lab up. */
  readonly owner?: string;
}

/** A file rendered from a template in the topology's folder. A node has each `src` once. */
export type Template = Bind;

/** A folder that each of a node's processes and commands sees at this path, and no other node does. */
export interface PrivateFolder {
  /** Inline string. */
  readonly path: string;
  /** Permission bits. */
  readonly mode?: number;
  /** `user` or `user:group`. */
  readonly owner?: string;
}

export interface Sysctl {
  /** As written in `/proc/sys`: `net/ipv6/conf/all/forwarding`. */
  readonly path: string;
  readonly value: string;
  /** The interface that it names, if it names one of the node's. */
  readonly interface?: string;
}

export interface Node extends Declared<Node> {
  readonly name: string;
  /** A router or host, or a multi-access segment. */
  readonly kind: "node" | "bridge";
  /** The netns: prefix and name. */
  readonly netns: string;
  /** Its ends of links, in the natural order of their names. */
  readonly interfaces: readonly Interface[];
  /** Addresses by interface, `lo` included, sorted by interface name; in declared order within one. */
  readonly addresses: readonly {
    readonly interface: string;
    readonly addresses: readonly InterfaceAddress[];
  }[];
  readonly routes: readonly Route[];
  /** The baseline and the node's own. */
  readonly sysctls: readonly Sysctl[];
  /** Sorted by `src`. */
  readonly templates: readonly Template[];
  readonly privateFolders: readonly PrivateFolder[];
  readonly exec: readonly string[];
  readonly execTimeoutNs: number;
  readonly processes: readonly Process[];
  /** Names of binaries that it needs besides those that its strings name, sorted. */
  readonly binaries: readonly string[];
  /** Paths or globs on the phynode (inline strings). */
  readonly results: readonly string[];
  readonly placement: PlacementConstraint;
  /** The user's own keys. */
  readonly data: Readonly<Record<string, TomlValue>>;
  readonly extensions: Extensions;
}

/** A program that is built for the platforms where it is used: `[binaries.NAME]`. */
export interface Binary extends Declared<Binary> {
  /** The program's file in the bundle is called so. */
  readonly name: string;
  /** Name of the builder. */
  readonly builder: string;
  /** The folder that its sources are in, from the topology's folder. */
  readonly source: string;
  /** Globs of what the build sees, from `source`; absent: the builder's own. */
  readonly inputs?: readonly string[];
  /** Where the build leaves the program, from `source` (an inline string); absent: the builder knows. */
  readonly output?: string;
  /** Variables of the build (inline strings), sorted by name. */
  readonly environ: readonly { readonly name: string; readonly value: string }[];
  /** Programs that its build runs beside those of its builder (inline strings); absent: that is not said. */
  readonly tools?: readonly string[];
  /** Whether it is linked statically, where the language allows. */
  readonly isStatic: boolean;
  readonly timeoutNs: number;
  /** The builder's own keys, as its schemas parse them; their texts are inline strings. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What programs for a platform are made with, where it is not the default: `[toolchains."linux/arm64"]`. */
export interface Toolchain extends Declared<Toolchain> {
  readonly platform: Platform;
  /** As compilers call the platform: `aarch64-linux-gnu`. */
  readonly triple?: string;
  /** Commands; those of the compilers may have arguments. */
  readonly cc?: string;
  readonly cxx?: string;
  readonly ar?: string;
  readonly ranlib?: string;
  readonly strip?: string;
}

export interface PlacementConstraint {
  /** The phynodes allowed; undefined: all. */
  readonly phynodes?: readonly string[];
  /** Tags that the phynode must have, all of them. */
  readonly tags: readonly string[];
  /** Nodes with the same name here go on different phynodes. */
  readonly separate: readonly string[];
  /** Nodes with the same name here go on one phynode. */
  readonly colocate: readonly string[];
  /** What shares one NUMA node: all cores of the node, those of each process, or nothing. */
  readonly numa: "node" | "process" | "any";
}

/** One end of a link, as its node sees it. */
export interface Interface {
  readonly name: string;
  /** By the name alone: docs/decisions/002-ifindex.md. */
  readonly ifindex: number;
  readonly mac: string;
  /** Index into `topology.links`. */
  readonly link: number;
  /** Which endpoint of the link this is. */
  readonly side: 0 | 1;
}

export interface Route {
  /** `default` or a canonical prefix. */
  readonly to: string;
  readonly family: 4 | 6;
  readonly via?: string;
  readonly dev?: string;
  readonly metric?: number;
}

export interface Process {
  readonly name: string;
  readonly cmd: string;
  /** Sorted by variable. */
  readonly environ: readonly { readonly name: string; readonly value: string }[];
  readonly ready?: string;
  readonly readyTimeoutNs: number;
  readonly postUp: readonly string[];
  readonly preDown: readonly string[];
  readonly down?: string;
  /** Run in place of a restart where only files that it uses have changed. */
  readonly reload?: string;
  /** Paths of files, folders and programs that it uses beside those that its strings name (inline strings); absent: none. */
  readonly uses?: readonly string[];
  /** The n of every `core_<n>` that its strings name, and 0; ascending. Its length is the demand. */
  readonly coreNames: readonly number[];
  readonly extensions: Extensions;
}

export interface Link extends Declared<Link> {
  /** Both endpoints sorted: `a:eth0|b:eth0`. */
  readonly id: string;
  /** In declared order: `b:eth0-a:eth0`. */
  readonly name: string;
  readonly endpoints: readonly [Endpoint, Endpoint];
  /** Bytes. */
  readonly mtu: number;
  /** Whether the user declared the MTU; if not it follows the rule of the language. */
  readonly mtuDeclared: boolean;
  readonly extensions: Extensions;
}

/** One end, with the properties of the direction that leaves it. */
export interface Endpoint extends Shaping {
  readonly node: string;
  readonly interface: string;
  readonly mac: string;
  readonly metric: number;
}

/** Properties of one direction, each absent where nothing is asked. */
export interface Shaping {
  /** One-way. */
  readonly latencyNs?: number;
  readonly jitterNs?: number;
  /** Percent, 0 to 100, as are the next three. */
  readonly loss?: number;
  readonly duplicate?: number;
  readonly corrupt?: number;
  readonly reorder?: number;
  readonly rateBitsPerSecond?: number;
  /** Packets. */
  readonly queue?: number;
}
