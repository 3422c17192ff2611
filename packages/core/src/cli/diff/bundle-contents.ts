import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sha256Of } from "../../phases/6-emit/payload.js";
import { orAbsent } from "../own-dist.js";
import type { Contents } from "./contents.js";
import { type RunHead, readMembers, readRunHead } from "./run-file.js";

/** The contents that the bundles of a `dist` hold; each bundle is read once at most. */
export function distContents(folder: string, name: string): Contents {
  return {
    async read(wanted) {
      const found = new Map<string, Uint8Array>();
      for (const phynode of new Set(wanted.map((each) => each.phynode))) {
        const sums = wanted.filter((each) => each.phynode === phynode && !found.has(each.sha256));
        const own = await readBundle(folder, name, phynode, new Set(sums.map(({ sha256 }) => sha256)));
        for (const [sha256, content] of own) found.set(sha256, content);
      }
      return found;
    },
  };
}

/** The contents that one bundle holds. */
export function bundleContents(path: string, name: string, head: RunHead): Contents {
  return {
    read: (wanted) => readOne(path, name, head, new Set(wanted.map(({ sha256 }) => sha256))),
  };
}

async function readBundle(
  folder: string,
  name: string,
  phynode: string,
  sums: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  for (const file of [`${phynode}.run`, `${phynode}/run.sh`]) {
    const path = join(folder, file);
    const head = await orAbsent(readRunHead(path, `${name}/${file}`));
    if (head !== undefined) return readOne(path, `${name}/${file}`, head, sums);
  }
  return new Map();
}

async function readOne(
  path: string,
  name: string,
  head: RunHead,
  sums: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = await (head.payloadOffset === undefined
    ? readFolder(dirname(path), sums)
    : readArchive(path, name, head, sums));
  // Beside a manifest there may be bundles of another build.
  return new Map([...found].filter(([sum, bytes]) => sha256Of(bytes) === sum));
}

async function readArchive(path: string, name: string, head: RunHead, sums: ReadonlySet<string>) {
  const members = await readMembers(path, name, head, new Set([...sums].map((sum) => `content/${sum}`)));
  return [...members].map(([member, bytes]) => [member.slice("content/".length), bytes] as const);
}

async function readFolder(folder: string, sums: ReadonlySet<string>) {
  const read = [...sums].map(async (sum) => {
    const bytes = await orAbsent(readFile(join(folder, "payload", "content", sum)));
    return bytes === undefined ? [] : [[sum, bytes as Uint8Array] as const];
  });
  return (await Promise.all(read)).flat();
}
