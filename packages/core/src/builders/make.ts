import { z } from "zod";
import { text, texts } from "../phases/2-resolve/schema-values.js";
import type { Builder, BuildRefusal, BuildRequest, Recipe, ToolNeed } from "./builder.js";
import { cTools, prefixMap } from "./c-toolchain.js";
import { hasCxx } from "./cc.js";
import { tableOption, textsOption } from "./option.js";
import { targetWith } from "./target.js";

/** A Makefile. */
export const make: Builder = {
  keys: {
    targets: texts.optional().describe("What make is to make; default: the Makefile's first target"),
    variables: z
      .record(z.string(), text)
      .meta({ expected: 'a table of variables, e.g. variables.PREFIX = "/usr"' })
      .optional()
      .describe("Variables on make's command line, where they replace those of the Makefile"),
  },
  plan,
};

export const makeTool: ToolNeed = { command: "make", install: "apt-get install make" };

function plan({ binary, target: ofPlatform, files }: BuildRequest): Recipe | BuildRefusal {
  const own = tableOption(binary, "variables");
  const target = targetWith(ofPlatform, own);
  // In another folder or of another name it is one that the targets lead to: ["-C", "src"].
  if (!files.some((file) => /(^|\/)(GNUm|m|M)akefile$|\.mk$/.test(file)))
    return {
      refused: `there is no Makefile in ${binary.source}`,
      hint: "let source be the folder of the Makefile; if inputs are given, they must have it too",
      path: ["source"],
    };
  const { isStatic } = binary;
  const linked = isStatic ? ["-static"] : [];
  // A Makefile's own CC = gcc is stronger than the environment.
  const tools = {
    CC: [target.cc, prefixMap, ...linked].join(" "),
    CXX: [target.cxx, prefixMap, ...linked].join(" "),
    AR: target.ar,
    RANLIB: target.ranlib,
    STRIP: target.strip,
  };
  const given = Object.entries(tools).filter(([name]) => !own.some(([key]) => key === name));
  return {
    commands: [
      {
        argv: [
          "make",
          ...[...given, ...own].map(([name, value]) => `${name}=${value}`),
          ...(textsOption(binary, "targets") ?? []),
        ],
      },
    ],
    output: binary.output ?? binary.name,
    needs: [makeTool, ...cTools(target, { hasCxx: hasCxx(files), isStatic })],
  };
}
