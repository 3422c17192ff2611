import type { ProgramFacts } from "./binaries.js";
import type { UnfitFile } from "./unfit-file.js";

export const scriptHint = "begin it with a line such as #!/bin/sh";

/**
 * Reads the first line of a script as Linux does: `#!`, the interpreter, and all the rest as one argument.
 * @param head its first 256 bytes; Linux reads no more
 */
export function readScript(head: Buffer): ProgramFacts | UnfitFile {
  const [line = ""] = head.toString("latin1", 2).split("\n");
  if (line.endsWith("\r"))
    return unfit(
      "a script with Windows' line endings, which its first line must not have",
      "save it with Unix' line endings",
    );
  const [, path = "", argument = ""] = /^[ \t]*([^ \t]*)[ \t]*(.*?)[ \t]*$/s.exec(line) ?? [];
  if (path === "") return unfit("a script whose first line names no interpreter", scriptHint);
  if (!path.startsWith("/"))
    return unfit(
      `a script whose interpreter ${path} is no absolute path`,
      `begin it with #!/usr/bin/env ${path}`,
    );
  return path.endsWith("/env") ? readEnv(path, argument) : { kind: "script", interpreter: path };
}

/** `env` splits its one argument into words only where that begins with -S. */
function readEnv(path: string, argument: string): ProgramFacts | UnfitFile {
  const split = /^(?:-[iv0]*S|--split-string=)(.*)$/s.exec(argument)?.[1];
  if (split === undefined && /[ \t]/.test(argument))
    return unfit(
      "a script whose first line gives env several words, which it takes for one",
      `begin it with #!${path} -S ${argument}`,
    );
  const words = (split ?? argument).split(/[ \t]+/).filter((word) => word !== "");
  const interpreter = commandOf(words);
  if (interpreter === undefined) return unfit("a script whose first line names no interpreter", scriptHint);
  return { kind: "script", interpreter };
}

/** What `env -i -u NAME NAME=VALUE node --flag` runs. */
function commandOf(words: readonly string[]): string | undefined {
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (/^-[iv0]*[uC]$|^--(unset|chdir)$/.test(word)) rest.shift();
    else if (!word.startsWith("-") && !word.includes("=")) return word;
  }
  return undefined;
}

function unfit(what: string, hint: string): UnfitFile {
  return { kind: "unfit", what, hint };
}
