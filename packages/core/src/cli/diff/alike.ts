import type { Change } from "../../manifest/comparison.js";
import { nodeFolder } from "../../phases/4-render/values.js";
import type { FileDifference } from "./file-patches.js";

/** Says of a text of a change what it says of any node: with its folder and its name as a topology has them. */
export type General = (text: string) => string;

/** What two changes have in common that are told as one: one default, or one line of a template, is each node's in its own words. */
export function likeness(
  { values, note, effect }: Change,
  file: FileDifference | undefined,
  general: General,
): string {
  const takes = Object.values(effect).map((part) => (typeof part === "boolean" ? part : part.length > 0));
  const told = values
    .filter(({ what }) => file?.patch === undefined || !isOfContent(what))
    .map(({ what, before, after }) => [what, before && general(before), after && general(after)]);
  return JSON.stringify([told, note, takes, file?.patch && general(bodyOf(file.patch))]);
}

/** What comes and goes: around it the same change differs from file to file. */
function bodyOf(patch: string): string {
  const [, , ...lines] = patch.split("\n");
  return lines.filter((line) => /^[-+\\]/.test(line)).join("\n");
}

export function isOfContent(what: string): boolean {
  return what === "sha256" || what === "size";
}

export function generalOf({ subject: { node } }: Change, labs: ReadonlySet<string>): General {
  if (node === undefined) return (text) => text;
  const folders = [...labs].map((lab) => literal(nodeFolder(lab, node))).join("|");
  const own = literal(node);
  return (text) => {
    if (!text.includes(node)) return text;
    // Not within a longer name.
    const pattern = new RegExp(`(${folders})(?![\\w-])|(?<![\\w-])${own}(?![\\w-])`, "g");
    return text.replace(pattern, (_, folder?: string) => (folder === undefined ? "{{node}}" : "{{dir}}"));
  };
}

function literal(text: string): string {
  return text.replace(/\W/g, "\\$&");
}
