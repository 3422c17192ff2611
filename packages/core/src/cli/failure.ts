import { isNativeError } from "node:util/types";
import { printable } from "../diagnostics/printable.js";
import type { Colours } from "../diagnostics/text.js";
import { thrownText } from "../diagnostics/thrown-text.js";
import { version } from "../version.js";
import { exitCodeFor, exitCodes } from "./exit-codes.js";
import { Fault, Interrupted } from "./fault.js";

/** How a run ends after something was thrown. */
export interface Failure {
  readonly exitCode: number;
  readonly message: string;
  readonly hint?: string;
  /** What to print on stderr: the message and hint, or the report of a bug. */
  readonly text: string;
}

/** What the operating system refuses, in words; anything else it refuses is told in its own. */
const refusals: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the disk",
  EDQUOT: "the disk quota is used up",
  EMFILE: "too many open files",
  ENFILE: "too many open files on this machine",
  ENOENT: "there is no such place",
  ENOTDIR: "a part of the path is not a folder",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "too many symbolic links",
  EBUSY: "it is in use",
  EIO: "the disk reports an error",
  EXDEV: "it lies on another file system",
};

/** Tells the user's mistakes, the machine's troubles and dune's bugs apart. */
export function failureOf(error: unknown, argv: readonly string[], palette: Colours): Failure {
  const failure = tellApart(error, argv, palette);
  return { ...failure, exitCode: exitCodeFor(argv, failure.exitCode) };
}

function tellApart(error: unknown, argv: readonly string[], palette: Colours): Failure {
  if (error instanceof Interrupted) return { exitCode: error.exitCode, message: error.message, text: "" };
  if (error instanceof Fault) return told(error.exitCode, error.message, error.hint, palette);
  const message = thrownText(error);
  const stack = thrownText(error, "stack");
  // First: what the system refuses to a plugin is the plugin's fault.
  const [, plugin] = (isNativeError(error) && bundledPlugin.exec(stack)) || [];
  if (plugin !== undefined) return leftAlone({ message, stack }, plugin, palette);
  const system = systemError(error);
  if (system !== undefined) return told(exitCodes.wrongEnvironment, system, undefined, palette);
  return { exitCode: exitCodes.bug, message, text: bugReport({ message, stack }, argv, palette) };
}

/** How the stack of an error names the code of a plugin's file or package: see plugins/import-bundle.ts. */
const bundledPlugin = /dune-plugin-\w+\/([\w.-]+)\.mjs/;

interface Thrown {
  readonly message: string;
  readonly stack: string;
}

/** A plugin's work that went on by itself and failed: no hook is there any more to take the blame. */
function leftAlone({ message, stack }: Thrown, plugin: string, palette: Colours): Failure {
  const sentence = `plugin "${plugin}" failed in something that no hook waited for: ${message.split("\n")[0]}`;
  const hint =
    "this is a fault of the plugin, not of the topology: it must await every promise; tell its author";
  const failure = told(exitCodes.wrongInput, sentence, hint, palette);
  const lines = stack.split("\n").map((line) => palette.dim(`    ${printable(line.trim())}`));
  return { ...failure, text: `${failure.text}${lines.join("\n")}\n` };
}

function told(
  exitCode: number,
  message: string,
  hint: string | undefined,
  { red, bold, cyan }: Colours,
): Failure {
  const lines = [`${red(bold("error"))}: ${bold(printable(message))}`];
  if (hint !== undefined) lines.push(`  ${cyan("hint")}: ${printable(hint)}`);
  return { exitCode, message, ...(hint !== undefined && { hint }), text: `${lines.join("\n")}\n` };
}

/** A sentence for an error of a system call; undefined for any other. */
function systemError(error: unknown): string | undefined {
  const refusal = refusalOf(error);
  if (refusal === undefined) return undefined;
  const { syscall = "", path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
  const where = dest ?? path;
  const action = ["open", "read", "scandir", "stat", "lstat"].includes(syscall) ? "open" : "write";
  return where === undefined ? `${syscall}: ${refusal}` : `cannot ${action} ${where}: ${refusal}`;
}

/** Why the operating system refused, in words; undefined where it was not the operating system. */
export function refusalOf(error: unknown): string | undefined {
  if (!isNativeError(error)) return undefined;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return undefined;
  return Object.hasOwn(refusals, code) ? refusals[code] : error.message;
}

function bugReport({ message, stack }: Thrown, argv: readonly string[], { red, bold, dim }: Colours): string {
  return [
    `${red(bold("bug in dune"))}: ${bold(printable(message))}`,
    "  this is dune's fault, not your topology's",
    "  please report it to dune's authors with the lines below and, if you may share it, the topology",
    "",
    ...[
      `dune ${version}, Node.js ${process.version}, ${process.platform}/${process.arch}`,
      `dune ${argv.slice(2).join(" ")}`,
      ...stack.split("\n"),
    ].map((line) => dim(`  ${printable(line)}`)),
    "",
  ].join("\n");
}
