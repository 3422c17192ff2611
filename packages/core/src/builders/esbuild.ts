import { createRequire } from "node:module";
import { inlineString } from "../phases/2-resolve/schema-values.js";
import type { Binary } from "../phases/2-resolve/topology.js";
import type { Builder, BuildRefusal, BuildRequest, Recipe } from "./builder.js";
import { textOption } from "./option.js";
import { refuseOutput } from "./refuse-output.js";

/** A program in TypeScript or JavaScript, bundled into one file; the phynode needs Node.js. */
export const esbuild: Builder = {
  keys: {
    entry: inlineString
      .optional()
      .describe("The file to begin with, from source; default: the binary's name with .ts or .js"),
  },
  inputs: ["**/*.{ts,mts,cts,tsx,js,mjs,cjs,jsx,json}"],
  plan,
};

const nodeMajor = 18;
const metafile = "dune-metafile.json";

function plan({ binary, files }: BuildRequest): Recipe | BuildRefusal {
  const refusal = refuseOutput(binary);
  if (refusal !== undefined) return refusal;
  const entry = entryOf(binary, files);
  if (entry === undefined) return noEntry(binary);
  return {
    commands: [
      {
        argv: [
          ...["esbuild", `./${entry}`, "--bundle", "--platform=node", `--target=node${nodeMajor}`],
          // CommonJS: it needs no ending and no package.json to be run as a single file.
          ...["--format=cjs", "--banner:js=#!/usr/bin/env node", "--outfile={{out}}"],
          ...[`--metafile={{src}}/${metafile}`, "--log-level=warning", "--color=false"],
        ],
        isInPlace: true,
      },
    ],
    needs: [
      {
        command: "esbuild",
        path: esbuildProgram(),
        install: "it comes with dune: install dune anew",
      },
    ],
    reads: { files: metafile, format: "esbuild" },
    runtime: { command: "node", major: nodeMajor },
  };
}

/** The program itself: `bin/esbuild` may be a script of npm's that starts it. Empty where it is not there. */
function esbuildProgram(): string {
  try {
    const { resolve } = createRequire(import.meta.url);
    const program = `@esbuild/${process.platform}-${process.arch}/bin/esbuild`;
    return createRequire(resolve("esbuild")).resolve(program);
  } catch {
    return "";
  }
}

function entryOf(binary: Binary, files: readonly string[]): string | undefined {
  const named = textOption(binary, "entry")?.replace(/^(\.\/)+/, "");
  if (named !== undefined) return files.includes(named) ? named : undefined;
  const endings = ["ts", "mts", "cts", "tsx", "js", "mjs", "cjs", "jsx"];
  return endings.map((ending) => `${binary.name}.${ending}`).find((file) => files.includes(file));
}

function noEntry(binary: Binary): BuildRefusal {
  const named = textOption(binary, "entry");
  if (named === undefined)
    return {
      refused: `there is no ${binary.name}.ts and no ${binary.name}.js in ${binary.source}`,
      hint: 'name the file to begin with, e.g. entry = "main.ts"',
      path: ["source"],
    };
  return {
    refused: `there is no file ${named} in ${binary.source}`,
    hint: "entry is a path from source; if inputs are given, they must have it too",
    path: ["entry"],
  };
}
