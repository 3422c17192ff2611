import { inlineString, texts } from "../phases/2-resolve/schema-values.js";
import type { Builder, BuildRefusal, BuildRequest, Recipe, ToolNeed } from "./builder.js";
import { cTools } from "./c-toolchain.js";
import { goTool } from "./go.js";
import { textOption, textsOption } from "./option.js";
import { wordsOf } from "./target.js";

/** Any command of a shell. */
export const command: Builder = {
  keys: {
    command: inlineString.meta({
      description: "What makes the program, run by sh in a copy of the sources; it writes {{out}}",
      examples: ["$CC -O2 -o {{out}} probe.c"],
    }),
    tools: texts
      .optional()
      .describe(
        "Programs that the command runs: each must be there, and its version counts; [] says that it uses no C toolchain either",
      ),
  },
  plan,
};

function plan({ binary, target }: BuildRequest): Recipe | BuildRefusal {
  const { output, isStatic } = binary;
  const script = textOption(binary, "command") ?? "";
  if (output === undefined && !script.includes("{{out}}"))
    return {
      refused: "the command does not say where it leaves the program",
      hint: 'let it write {{out}}, or name the file that it makes, e.g. output = "build/probe"',
      path: ["command"],
    };
  const tools = textsOption(binary, "tools");
  // The variables of the C toolchain, or its programs by name: ${target.triple}-gcc.
  const names = [target.triple, ...[target.cc, target.cxx].map((compiler) => wordsOf(compiler)[0])];
  const namesC =
    /\$\{?(CC|CXX|AR|RANLIB|STRIP)\b/.test(script) || names.some((name) => script.includes(name));
  const usesCxx = /\$\{?CXX\b/.test(script);
  // It may run a script that compiles by $CC, unless it is said to run nothing: they count, if they are there.
  const mayUseC = namesC || tools?.length !== 0;
  return {
    commands: [{ argv: ["sh", "-c", script] }],
    ...(output !== undefined && { output }),
    needs: [
      ...(tools ?? []).map(toolNeed),
      ...(mayUseC ? cTools(target, { hasCxx: usesCxx, isStatic, isOptional: !namesC }) : []),
    ],
  };
}

function toolNeed(name: string): ToolNeed {
  return name === "go" ? goTool : { command: name, install: `install ${name}, or remove it from tools` };
}
