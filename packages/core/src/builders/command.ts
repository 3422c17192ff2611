import { inlineString } from "../phases/2-resolve/schema-values.js";
import type { Builder, BuildRefusal, BuildRequest, Recipe } from "./builder.js";
import { cTools } from "./c-toolchain.js";
import { textOption } from "./option.js";
import { wordsOf } from "./target.js";

/** Any command of a shell. */
export const command: Builder = {
  keys: {
    command: inlineString.meta({
      description: "What makes the program, run by sh in a copy of the sources; it writes {{out}}",
      examples: ["$CC -O2 -o {{out}} probe.c"],
    }),
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
  // The variables of the C toolchain, or its programs by name: ${target.triple}-gcc.
  const names = [target.triple, ...[target.cc, target.cxx].map((compiler) => wordsOf(compiler)[0])];
  const namesC =
    /\$\{?(CC|CXX|AR|RANLIB|STRIP)\b/.test(script) || names.some((name) => script.includes(name));
  const usesCxx = /\$\{?CXX\b/.test(script);
  // It may run a script that compiles by $CC, unless it is said what it runs: they count, if they are there.
  const mayUseC = namesC || binary.tools === undefined;
  return {
    commands: [{ argv: ["sh", "-c", script] }],
    ...(output !== undefined && { output }),
    needs: mayUseC ? cTools(target, { hasCxx: usesCxx, isStatic, isOptional: !namesC }) : [],
  };
}
