import type { Reporter } from "../../diagnostics/reporter.js";
import type { InlineStrings } from "../../template/inline-strings.js";
import type { Locate } from "../1-parse/read-entity.js";
import type { Language } from "./language.js";
import type { Extensions, Process } from "./topology.js";

type Given = NonNullable<ReturnType<Language["node"]["parse"]>["pinned"]>[number];

/** How long `ready` is polled where `ready_timeout` is not given. */
const defaultReadyTimeoutNs = 10_000_000_000;

/** What the processes of a node are read by. */
interface ProcessSetting {
  readonly language: Language;
  readonly inline: InlineStrings;
  readonly reporter: Reporter;
}

/** The processes of a node in declared order, each with its name and the cores that its strings ask for. */
export function resolveProcesses(
  given: readonly Given[],
  label: string,
  locate: Locate,
  { language, inline, reporter }: ProcessSetting,
): readonly Process[] {
  const taken = new Set(given.flatMap((process) => process.name ?? []));
  const explicit = new Map<string, number>();
  return given.map((process, index) => {
    if (process.name !== undefined) {
      const first = explicit.get(process.name);
      if (first !== undefined) {
        reporter.report("resolve/duplicate-process", {
          message: `${label} has two processes called "${process.name}"`,
          at: locate(["pinned", index, "name"]),
          related: [{ message: "first here", at: locate(["pinned", first, "name"]) }],
          hint: "lists append over defaults and groups: give one another name, or drop the inherited ones with unset",
        });
      } else explicit.set(process.name, index);
    }
    const name = process.name ?? freeName(process.cmd, taken);
    return resolveProcess(process, name, inline, language.extensionsOf("process", process));
  });
}

function resolveProcess(given: Given, name: string, inline: InlineStrings, extensions: Extensions): Process {
  const environ = Object.entries(given.environ ?? {})
    .map(([variable, value]) => ({ name: variable, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const postUp = given.post_up ?? [];
  const preDown = given.pre_down ?? [];
  const process = {
    name,
    cmd: withoutAmpersand(given.cmd),
    environ,
    ...(given.ready !== undefined && { ready: given.ready }),
    readyTimeoutNs: given.ready_timeout ?? defaultReadyTimeoutNs,
    postUp,
    preDown,
    ...(given.down !== undefined && { down: given.down }),
    ...(given.reload !== undefined && { reload: given.reload }),
    ...(given.uses !== undefined && given.uses.length > 0 && { uses: given.uses }),
    extensions,
  };
  return { ...process, coreNames: coreNamesOf(process, inline) };
}

/** The cores that a process gets: one at least, and one for every `core_<n>` in its strings. */
export function coreNamesOf(process: Omit<Process, "coreNames">, inline: InlineStrings): readonly number[] {
  const { cmd, environ, ready = "", postUp, preDown, down = "", reload = "", uses = [] } = process;
  const values = environ.map(({ value }) => value);
  const strings = [cmd, ready, down, reload, ...values, ...postUp, ...preDown, ...uses];
  const named = strings.flatMap((text) => inline.coreNames(text));
  return [...new Set([0, ...named])].sort((a, b) => a - b);
}

/** The launcher puts it in the background itself; a second `&` would hide the exit code. */
function withoutAmpersand(cmd: string): string {
  return cmd.replace(/(?<![&\\])\s*&\s*$/, "");
}

/** The command's base name; `{{bin.bird}}` counts as `bird`; a name that is taken gets `-2`, `-3`, … */
function freeName(cmd: string, taken: Set<string>): string {
  const words = cmd
    .replace(/\{\{\s*bin(?:\.([A-Za-z0-9_]+)|\[(["'])([A-Za-z0-9_.-]+)\2\])\s*\}\}/g, "$1$3")
    .trim()
    .split(/\s+/);
  const command = words.find((word) => word !== "exec" && !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word)) ?? "";
  const base = (command.split("/").at(-1) ?? "")
    .replace(/[^A-Za-z0-9_.-]/g, "")
    .replace(/^[.-]+/, "")
    .slice(0, 48);
  const stem = base === "" ? "process" : base;
  let name = stem;
  for (let count = 2; taken.has(name); count++) name = `${stem}-${count}`;
  taken.add(name);
  return name;
}
