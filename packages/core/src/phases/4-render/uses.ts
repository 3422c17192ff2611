import { FileIndex } from "./file-index.js";
import { ProgramUses, processTexts, programPaths } from "./programs.js";
import type { RenderedFile, RenderedNode, RenderedProcess, Rendering } from "./rendering.js";

/* What processes and exec commands use: `apply` restarts a process when something that it uses has changed. */

/** A file of the node or of its server, or a program by its name. */
export type Use = { readonly path: string } & (
  | { readonly file: RenderedFile }
  | { readonly program: string }
);

/** Each list is sorted by path. */
export interface NodeUses {
  readonly exec: readonly Use[];
  /** In the order of the node's processes. */
  readonly processes: readonly (readonly Use[])[];
}

/** Finds what nodes of a rendering use. */
export class Uses {
  readonly #programs: ProgramUses;
  readonly #programPaths: Readonly<Record<string, string>>;
  /** Where relative paths begin on a phynode. */
  readonly #root: string;
  readonly #servers: ReadonlyMap<string, readonly RenderedFile[]>;
  readonly #serverIndexes = new Map<string, FileIndex>();
  readonly #programsOfFiles = new Map<RenderedFile, readonly string[]>();

  constructor({ placement: { topology }, phynodes }: Rendering) {
    this.#programs = new ProgramUses(topology);
    this.#programPaths = programPaths(topology);
    this.#root = `/var/lib/dune/${topology.name}/root/`;
    this.#servers = new Map(phynodes.map(({ phynode, files }) => [phynode.name, files]));
  }

  ofNode(node: RenderedNode): NodeUses {
    const indexes = this.#indexesOf(node);
    const exec = this.#found(node.exec, [], indexes);
    const processes = node.processes.map((process) =>
      this.#found(processTexts(process), process.uses ?? [], indexes),
    );
    const found = new Set([exec, ...processes].flatMap(({ programs }) => [...programs]));
    // Who calls it is not to be seen: a script by its bare name, perhaps. So it may be any of them.
    const others = node.binaries.filter((name) => !found.has(name));
    const all = (own: Found) => this.#sorted(own, others);
    return { exec: node.exec.length === 0 ? [] : all(exec), processes: processes.map(all) };
  }

  /** The entries of a process's key `uses` that name nothing of the node or of its server, with their indexes. */
  unknown(node: RenderedNode, { uses = [] }: RenderedProcess): readonly (readonly [number, string])[] {
    if (uses.length === 0) return [];
    const indexes = this.#indexesOf(node);
    return [...uses.entries()].filter(([, entry]) => {
      const { files, programs } = this.#found([], [entry], indexes);
      return files.size + programs.size === 0;
    });
  }

  /** The node's own files first: in its private folders they hide those of the server. */
  #indexesOf({ files, placed }: RenderedNode): readonly FileIndex[] {
    const { name } = placed.phynode;
    const server = this.#serverIndexes.get(name) ?? new FileIndex(this.#servers.get(name) ?? [], this.#root);
    this.#serverIndexes.set(name, server);
    return [new FileIndex(files, this.#root), server];
  }

  #found(texts: readonly string[], entries: readonly string[], indexes: readonly FileIndex[]): Found {
    const files = new Map<string, RenderedFile>();
    const add = (file: RenderedFile) => {
      if (!files.has(file.path)) files.set(file.path, file);
    };
    const programs = new Set(this.#programs.namedIn(texts));
    for (const index of indexes) for (const text of texts) for (const file of index.namedIn(text)) add(file);
    for (const entry of entries) {
      const path = entry.replace(/^(?:\.\/)+/, "").replace(/\/+$/, "");
      for (const index of indexes) {
        const file = index.at(path);
        for (const each of file === undefined ? index.below(path) : [file]) add(each);
      }
      for (const name of Object.keys(this.#programPaths))
        if (this.#programPaths[name] === path) programs.add(name);
    }
    for (const file of files.values()) for (const name of this.#programsOf(file)) programs.add(name);
    return { files, programs };
  }

  /** The programs that its text names: a script calls them. */
  #programsOf(file: RenderedFile): readonly string[] {
    if (!("text" in file.content)) return [];
    const known = this.#programsOfFiles.get(file) ?? this.#programs.namedIn([file.content.text]);
    this.#programsOfFiles.set(file, known);
    return known;
  }

  #sorted({ files, programs }: Found, others: readonly string[]): readonly Use[] {
    const names = [...programs, ...others];
    return [
      ...[...files.values()].map((file) => ({ path: file.path, file })),
      ...names.map((program) => ({ path: this.#programPaths[program] as string, program })),
    ].sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}

interface Found {
  /** By path. */
  readonly files: ReadonlyMap<string, RenderedFile>;
  /** Names. */
  readonly programs: ReadonlySet<string>;
}
