import type { BuildCommand } from "../../builders/builder.js";
import type { Binary } from "../../phases/2-resolve/topology.js";
import type { Build } from "../../phases/5-build/binaries.js";
import { kindOfProgram } from "../kind-of-program.js";
import { shellWord } from "../shell-word.js";
import { sizeText } from "../size-text.js";
import { counted } from "../table.js";
import { type Fact, type FactLine, line } from "./fact.js";

/** From what a program is built, how, for whom, and what came out, for each platform. */
export function programFacts({ name }: Binary, builds: readonly Build[]): readonly Fact[] {
  const own = builds.filter(({ binary }) => binary.name === name);
  const lines = own.length === 0 ? [line("none: nothing uses it")] : own.flatMap(buildLines);
  return [{ name: "builds", lines, data: own.map(buildData) }];
}

/** The platform stands on the first line only. */
function buildLines(build: Build): readonly FactLine[] {
  const { sources, commands, tools, phynodes, nodes, platform } = build;
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["program", programTexts(build)],
    ["for", [`${phynodes.join(", ")}${nodes.length === 0 ? "" : `, used by ${nodes.join(", ")}`}`]],
    ["sources", [`${sources.folder}: ${counted(sources.files, "file")}`, `sha256 ${sources.sha256}`]],
    ["outside", sources.outside],
    ["commands", commands.map(commandText)],
    ["tools", tools.map((tool) => `${tool.name}: ${tool.version}`)],
  ];
  const cells = rows.flatMap(([title, texts]) =>
    texts.map((text, index) => [index === 0 ? title : "", text]),
  );
  return cells.map((each, index) => line(index === 0 ? platform.text : "", ...each));
}

function programTexts({ program }: Build): readonly string[] {
  if (program === undefined) return ["not built yet: dune build builds it"];
  return [`${sizeText(program.size)}, ${kindOfProgram(program.facts)}`, `sha256 ${program.sha256}`];
}

function commandText({ argv, environ = {} }: BuildCommand): string {
  const variables = Object.entries(environ).map(([name, value]) => `${name}=${shellWord(value)}`);
  return [...variables, ...argv.map(shellWord)].join(" ");
}

function buildData(build: Build): object {
  const { platform, phynodes, nodes, sources, commands, environ, tools, program } = build;
  const { file: _, ...known } = program ?? { file: "" };
  return {
    platform: platform.text,
    phynodes,
    nodes,
    sources,
    commands,
    environ,
    tools,
    ...(program && { program: known }),
  };
}
