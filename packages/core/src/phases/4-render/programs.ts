import { nearest } from "../../diagnostics/near.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import type { NameUse, TemplateSpan } from "../../template/engine.js";
import { printKeyPath } from "../1-parse/key-path.js";
import { originIn } from "../2-resolve/entity-origin.js";
import type { Topology } from "../2-resolve/topology.js";
import type { RenderedFile, RenderedNode, RenderedPhynode, RenderedProcess, Rendering } from "./rendering.js";

/** The folder of a lab's programs on a phynode, with a slash behind it. */
function programFolder(lab: string): string {
  return `/var/lib/dune/${lab}/payload/bin/`;
}

/** Where a program of a lab is on a phynode. */
export function programPath(lab: string, name: string): string {
  return `${programFolder(lab)}${name}`;
}

/** Where each program is on a phynode, by its name: `bin` in strings and templates. */
export function programPaths({ name, binaries }: Topology): Readonly<Record<string, string>> {
  return Object.fromEntries(binaries.map((binary) => [binary.name, programPath(name, binary.name)]));
}

/** What a node or a phynode has before it is known which programs it uses. */
type Strings<R> = Omit<R, "binaries">;

/**
 * Which programs are used. A use is the program's path in what strings and templates became: so it does not matter by which
 * engine or on what ways it got there, and what a template leaves out is not built.
 */
export class ProgramUses {
  readonly #names: ReadonlySet<string>;
  readonly #folder: string;

  constructor({ name, binaries }: Topology) {
    this.#names = new Set(binaries.map((binary) => binary.name));
    this.#folder = programFolder(name);
  }

  /** Names of the programs that a node uses, sorted; with those that it lists. */
  ofNode(node: Strings<RenderedNode>, listed: readonly string[]): readonly string[] {
    return this.#of(textsOf(node), listed);
  }

  /** Names of the programs that a phynode's own strings name, sorted. */
  ofPhynode({ files, setup }: Strings<RenderedPhynode>, listed: readonly string[] = []): readonly string[] {
    return this.#of([...files.flatMap(fileTexts), ...setup.pre, ...setup.post], listed);
  }

  #of(texts: Iterable<string>, listed: readonly string[]): readonly string[] {
    return this.#names.size === 0 ? listed : [...new Set([...listed, ...this.namedIn(texts)])].sort();
  }

  /** Names of the programs whose paths stand in the texts, each once. */
  namedIn(texts: Iterable<string>): readonly string[] {
    if (this.#names.size === 0) return [];
    const names = new Set<string>();
    for (const text of texts) {
      const [, ...behind] = text.split(this.#folder);
      for (const name of behind.flatMap((rest) => this.#nameAt(rest) ?? [])) names.add(name);
    }
    return [...names];
  }

  /** `probe.log` is a file beside the program `probe`, unless there is a program `probe.log`. */
  #nameAt(text: string): string | undefined {
    let [name = ""] = /^[A-Za-z0-9_.-]*/.exec(text) ?? [];
    while (name !== "" && !this.#names.has(name)) name = name.replace(/(^|[.-])[^.-]*$/, "");
    return name === "" ? undefined : name;
  }
}

function* textsOf({
  files,
  privateFolders,
  exec,
  processes,
  results,
}: Strings<RenderedNode>): Iterable<string> {
  for (const file of files) yield* fileTexts(file);
  for (const { path } of privateFolders) yield path;
  yield* exec;
  for (const process of processes) yield* processTexts(process);
  yield* results;
}

/** All strings of a process. */
export function processTexts(process: RenderedProcess): readonly string[] {
  const { cmd, environ, ready = "", postUp, preDown, down = "", reload = "", uses = [] } = process;
  const values = environ.map(({ value }) => value);
  return [cmd, ready, down, reload, ...values, ...postUp, ...preDown, ...uses];
}

function fileTexts({ path, content }: RenderedFile): readonly string[] {
  return "text" in content ? [path, content.text] : [path];
}

/** A program that nothing uses is not built, which may not be what was meant. */
export function reportUnusedPrograms({ placement, nodes, phynodes }: Rendering, reporter: Reporter): void {
  const used = new Set([...nodes, ...phynodes].flatMap(({ binaries }) => binaries));
  for (const binary of placement.topology.binaries) {
    if (used.has(binary.name)) continue;
    reporter.report("render/unused-binary", {
      message: `nothing uses the program "${binary.name}", so it is not built`,
      at: originIn(binary, [], { target: "key" }),
      hint: `name it where it is called, {{${written(binary.name)}}}, or in binaries of a node`,
    });
  }
}

interface UnknownProgram {
  readonly place: TemplateSpan;
  /** Offset behind what is probably meant for the program's name, the rest of `udp-probe` for one. */
  readonly end: number;
  readonly message: string;
  readonly hint: string;
}

/** What is wrong with a use of `bin` in a template, and where; undefined where it is right, or only running it tells. */
export function unknownProgram({ member }: NameUse, names: readonly string[]): UnknownProgram | undefined {
  if (member === undefined || names.includes(member.name)) return undefined;
  const { name } = member;
  const message = `there is no program "${name}"`;
  // `bin.udp-probe` is a subtraction for JavaScript, `bin.probe.v2` a key of a key.
  const whole = names.find((known) => known.startsWith(`${name}-`) || known.startsWith(`${name}.`));
  if (whole !== undefined) {
    const hint = `if you mean "${whole}", write ${written(whole)}: with a "-" or "." in it a name needs brackets`;
    return { place: member, end: member.offset + whole.length, message, hint };
  }
  const near = nearest(name, names);
  const declare = `declare it: [binaries.${printKeyPath([name])}]`;
  const hint = near === undefined ? declare : `did you mean "${near}"?`;
  return { place: member, end: member.offset + member.length, message, hint };
}

/** How a string names a program. */
export function written(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `bin.${name}` : `bin[${JSON.stringify(name)}]`;
}
