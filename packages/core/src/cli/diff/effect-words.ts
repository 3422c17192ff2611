import {
  type Change,
  type ChangeKind,
  type Comparison,
  changeKinds,
  type Effect,
} from "../../manifest/comparison.js";
import { firstOf } from "../table.js";
import { isSomething } from "./concerned-servers.js";

export const kindPlural: Readonly<Record<ChangeKind, string>> = {
  lab: "lab",
  phynode: "phynodes",
  node: "nodes",
  link: "links",
  process: "processes",
  file: "files",
  program: "programs",
};

/** How many names are written out before the rest is a number. */
export const mostNames = 4;

/** What a change, or several that are alike, take on a running lab, in plain words. */
export function effectWords(
  { kind, change }: Pick<Change, "kind" | "change">,
  names: readonly string[],
  effect: Effect,
): string {
  if (kind === "phynode" && change === "added") return "up of its bundle";
  if (kind === "phynode" && change === "removed") return "down of its old bundle";
  if (!isSomething(effect)) return "nothing on a running lab";
  const { starts, stops, restarts, reloads, remadeNodes, remadeLinks, neighbours } = effect;
  const moves = starts.filter((process) => stops.includes(process));
  const rest = (all: readonly string[]) => all.filter((process) => !moves.includes(process));
  const [itself, ...others] = names;
  const isOwn = (all: readonly string[]) => others.length === 0 && all.length === 1 && all[0] === itself;
  const say = (verb: string, all: readonly string[], own: string, after = ""): readonly string[] => {
    if (all.length === 0) return [];
    return [isOwn(all) ? own : `${verb} ${firstOf(all, mostNames)}${after}`];
  };
  const words = [
    ...(change === "moved" ? ["removed there, made here"] : []),
    ...say(`makes ${plural("node", remadeNodes)}`, remadeNodes, "made anew", " anew"),
    ...say(`makes ${plural("link", remadeLinks)}`, remadeLinks, "made anew", " anew"),
    ...say("moves", moves, "moved to the other server"),
    ...say("stops", rest(stops), "stopped"),
    ...say("restarts", restarts, "restarted"),
    ...say("reloads", reloads, "reloaded"),
    ...say("starts", rest(starts), "started"),
    ...say("touches", neighbours, "touched"),
  ];
  const isAnew = remadeNodes.length + remadeLinks.length + moves.length > 0;
  if (change === "changed" && effect.live && !isAnew) words.unshift("live");
  return words.length === 0 ? "live" : words.join("; ");
}

function plural(noun: string, { length }: readonly string[]): string {
  return length === 1 ? noun : `${noun}s`;
}

/** What all changes take together, a line each: what is done, and to whom. */
export function effectRows({
  changes,
  effect,
}: Pick<Comparison, "changes" | "effect">): readonly (readonly [string, string])[] {
  const { starts, stops, restarts, reloads, remadeNodes, remadeLinks, neighbours } = effect;
  const moves = starts.filter((process) => stops.includes(process));
  const rest = (all: readonly string[]) => all.filter((process) => !moves.includes(process));
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["nodes made anew", remadeNodes],
    ["links made anew", remadeLinks],
    ["processes moved", moves],
    ["processes stopped", rest(stops)],
    ["processes restarted", restarts],
    ["processes reloaded", reloads],
    ["processes started", rest(starts)],
    ["neighbours touched", neighbours],
  ];
  const listed = rows.filter(([, names]) => names.length > 0);
  const inPlace = inPlaceText(changes);
  return [
    ...(inPlace === "" ? [] : [["changed in place", inPlace] as const]),
    ...listed.map(([what, names]) => [what, `${names.length}: ${firstOf(names, mostNames)}`] as const),
  ];
}

/** For example `1 link, 3 files`. */
function inPlaceText(changes: readonly Change[]): string {
  const own = changes.filter(
    ({ change, effect }) =>
      change === "changed" && effect.live && effect.remadeNodes.length + effect.remadeLinks.length === 0,
  );
  const counts = changeKinds.map((kind) => [kind, own.filter((each) => each.kind === kind).length] as const);
  return counts
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${count === 1 ? kind : kindPlural[kind]}`)
    .join(", ");
}
