import type { Origin } from "../../diagnostics/diagnostic.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import type { Platform } from "../../values/platform.js";

/** Something that is not installed, for one platform. */
export interface Lack {
  /** A sentence: `"go" is not installed`. */
  readonly missing: string;
  /** What to do about it, as a sentence. */
  readonly install: string;
  readonly platform: Platform;
  /** The place of each program that needs it, by name. */
  readonly users: ReadonlyMap<string, Origin>;
}

/** Reports all that is missing as one, so that one command installs it. */
export function reportMissingTools(lacks: readonly Lack[], reporter: Reporter): void {
  const [first] = lacks;
  if (first === undefined) return;
  const names = [...new Set(lacks.map(nameOf))];
  const programs = [...new Set(lacks.flatMap(({ users }) => [...users.keys()]))].sort().map(quoted);
  const platform = lacks.length === 1 ? ` for ${first.platform.text}` : "";
  reporter.report("build/missing-tool", {
    message:
      names.length === 1
        ? `${first.missing}, which building ${listed(programs)}${platform} needs`
        : `${listed(names)} are not installed, which building ${listed(programs)} needs`,
    related: lacks.map((lack) => ({ message: useOf(lack), at: placeOf(lack) })),
    hint: installAll(lacks),
  });
}

function nameOf({ missing }: Lack): string {
  return missing.replace(/ is not installed$/, "");
}

function useOf(lack: Lack): string {
  const users = [...lack.users.keys()].sort().map(quoted);
  return `${nameOf(lack)} is for ${listed(users)} for ${lack.platform.text}`;
}

function placeOf({ users }: Lack): Origin {
  const [first = ""] = [...users.keys()].sort();
  return users.get(first) as Origin;
}

const debian = /^apt-get install ([^,]+)/;

/** One command for all that Debian has; the rest is told by name. */
function installAll(lacks: readonly Lack[]): string {
  const sentences = new Set(lacks.map(({ install }) => install));
  if (sentences.size === 1) return [...sentences].join("");
  const packages = new Set<string>();
  const others = new Set<string>();
  for (const lack of lacks) {
    const [, names] = debian.exec(lack.install) ?? [];
    if (names === undefined) others.add(`${nameOf(lack)}: ${lack.install}`);
    else for (const name of names.split(" ")) packages.add(name);
  }
  const all = packages.size === 0 ? [] : [`apt-get install ${[...packages].sort().join(" ")}`];
  return [...all, ...others].join("; ");
}

function quoted(name: string): string {
  return `"${name}"`;
}

/** `a, b and c` */
function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}
