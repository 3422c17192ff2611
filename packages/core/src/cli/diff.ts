import { Command, Option } from "commander";
import { toJson } from "../diagnostics/json.js";
import { printable } from "../diagnostics/printable.js";
import { printText as printDiagnosticsText } from "../diagnostics/text.js";
import { jsonText } from "../manifest/json.js";
import { act } from "./act.js";
import { paletteOf } from "./colours.js";
import type { FailedSide } from "./diff/compile-side.js";
import { type Difference, differenceOf } from "./diff/difference.js";
import { compareFiles, type FileDifferences } from "./diff/file-patches.js";
import { differenceAsJson } from "./diff/json.js";
import { type OpenedSide, withSides } from "./diff/open-sides.js";
import { printMarkdown } from "./diff/print-markdown.js";
import { printStat, printText } from "./diff/print-text.js";
import { exitCodes } from "./exit-codes.js";
import { jsonOption, setOption } from "./options.js";
import { withFiles } from "./print-diagnostics.js";

interface DiffOptions {
  readonly set: readonly string[];
  readonly format: "text" | "json" | "markdown";
  readonly stat?: true;
  readonly json?: true;
}

/** As those of diff(1). */
const ends = { same: 0, different: 1, trouble: exitCodes.wrongEnvironment } as const;

/** Files that a person is told of: contents of more are not read. */
const mostFilesForPerson = 500;

export function diffCommand(): Command {
  return new Command("diff")
    .summary("say what differs between two versions of a lab, and what it takes")
    .description(
      "Says what differs between two versions of a lab: nodes, links, values before and after with the line that caused them, files, programs. And what each difference takes on a running lab: what `apply` changes in place, which processes it restarts, which links it makes anew, whom that touches. Writes nothing.",
    )
    .argument(
      "<old>",
      "a topology (file or folder), git:REV or git:REV:PATH, a dist, a .run, a manifest.json",
    )
    .argument("<new>", "the same")
    .option("--stat", "only how much has changed, and what all of it takes")
    .addOption(setOption())
    .addOption(jsonOption())
    .addOption(
      new Option("--format <format>", "how to print it; markdown: for a comment on a pull request")
        .choices(["text", "json", "markdown"])
        .default("text"),
    )
    .addHelpText(
      "after",
      `
Examples:
  dune diff git:HEAD lab                       what is not committed yet
  dune diff git:v1 git:v2:labs/ospf --stat
  dune diff lab/dist lab                       what a new build would change
  dune diff old/server1.run new/server1.run    one server's part

Exit codes:
  0  no difference
  1  they differ
  2  one of them cannot be read, compiled or compared`,
    )
    .action(act(diff, (_, __, options: DiffOptions) => formatOf(options) === "json"));
}

function formatOf({ json, format }: DiffOptions): DiffOptions["format"] {
  return json ? "json" : format;
}

/** What is printed at the end, when nothing temporary is there any more. */
interface Report {
  readonly exitCode: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

async function diff(old: string, own: string, options: DiffOptions): Promise<number> {
  const {
    exitCode,
    stdout = "",
    stderr = "",
  } = await withSides([old, own], options.set, (before, after) => {
    const failed = [before, after].filter(isFailed);
    return isFailed(before) || isFailed(after)
      ? failureReport(failed, options)
      : report(differenceOf(before, after), options);
  });
  process.stderr.write(stderr);
  process.stdout.write(stdout);
  return exitCode;
}

async function report(difference: Difference, options: DiffOptions): Promise<Report> {
  const { changes } = difference.comparison;
  const format = formatOf(options);
  const files = changes.filter(({ kind }) => kind === "file");
  const told = options.stat ? [] : format === "json" ? files : files.slice(0, mostFilesForPerson);
  const compared = await compareFiles(told, difference.before, difference.after);
  return {
    exitCode: changes.length === 0 ? ends.same : ends.different,
    stdout: printed(difference, compared, options),
  };
}

function printed(difference: Difference, files: FileDifferences, options: DiffOptions): string {
  const isStat = options.stat === true;
  const format = formatOf(options);
  if (format === "json") return jsonText(differenceAsJson(difference, files, isStat));
  if (format === "markdown") return printMarkdown(difference, files, isStat);
  const palette = paletteOf(process.stdout);
  return isStat ? printStat(difference, palette) : printText(difference, files, palette);
}

function isFailed(side: OpenedSide): side is FailedSide {
  return "diagnostics" in side;
}

/** Both sides, where both are wrong. */
async function failureReport(sides: readonly FailedSide[], options: DiffOptions): Promise<Report> {
  const told = sides.map(({ name, diagnostics, read, shown }) => {
    const files = new Map<string, string>();
    const renamed = withFiles(diagnostics, (file) => {
      files.set(shown(file), file);
      return shown(file);
    });
    return { name, diagnostics: renamed, read: (file: string) => read(files.get(file) ?? file) };
  });
  const exitCode = ends.trouble;
  if (formatOf(options) === "json") {
    const diagnostics = told.flatMap((each) => toJson(each.diagnostics, each));
    return { exitCode, stdout: jsonText({ ok: false, diagnostics }) };
  }
  const palette = paletteOf(process.stderr);
  const texts = told.map((each) => {
    const text = printDiagnosticsText(each.diagnostics, { read: each.read, colours: palette });
    return `${palette.bold(`${printable(each.name)} does not compile:`)}\n\n${text}\n`;
  });
  return { exitCode, stderr: texts.join("\n") };
}
