import type { BuildPlan } from "./plan-builds.js";

/** How tools say that a file is not there. */
const lacksFile =
  /No such file|cannot (find|open|stat)|can't (find|open|read)|file not found|No rule to make target/i;

const mostNamed = 5;

/** What the end of a failed build's output says of what to do about it, as a sentence; undefined where it says no more than it says. */
export function failureHint(output: string, { leftOut }: BuildPlan): string | undefined {
  if (/build constraints exclude all Go files/.test(output))
    return 'cgo is off, as a program that needs no C library runs everywhere; environ.CGO_ENABLED = "1" turns it on';
  if (!lacksFile.test(output)) return undefined;
  const general = "a build sees nothing but its inputs: what it lacks must be among them, below source";
  if (leftOut.length === 0) return general;
  const more = leftOut.length > mostNamed ? ", …" : "";
  return `${general}; left out as built already: ${leftOut.slice(0, mostNamed).join(", ")}${more}; name it in inputs if it is a source`;
}
