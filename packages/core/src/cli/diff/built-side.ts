import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Manifest } from "../../manifest/manifest.js";
import { readManifest } from "../../manifest/read-manifest.js";
import { sha256Of } from "../../phases/6-emit/payload.js";
import { exitCodes } from "../exit-codes.js";
import { Fault } from "../fault.js";
import { orAbsent } from "../own-dist.js";
import { bundleContents, distContents } from "./bundle-contents.js";
import { noContents } from "./contents.js";
import { farAddressesOf } from "./far-addresses.js";
import { checkRunFile, damaged, type RunHead, readMembers, readRunHead } from "./run-file.js";
import type { Side } from "./side.js";

/* The sides that were built before: nothing is compiled, and where a value comes from is not known any more. */

/** A `dist`: its manifest, and the bundles beside it. */
export async function openDist(folder: string, name: string): Promise<Side> {
  const manifest = parsed(await readFile(join(folder, "manifest.json"), "utf8"), `${name}/manifest.json`);
  return { name, kind: "build", manifest, contents: distContents(folder, name) };
}

/** A manifest alone. */
export async function openManifest(path: string, name: string): Promise<Side> {
  return {
    name,
    kind: "manifest",
    manifest: parsed(await readFile(path, "utf8"), name),
    contents: noContents,
  };
}

/** The bundle of one phynode, as a file or as a folder's `run.sh`. */
export async function openBundle(path: string, name: string): Promise<Side> {
  const head = await readRunHead(path, name);
  if (head === undefined)
    throw new Fault(
      exitCodes.wrongInput,
      `${name} is not a bundle of dune's`,
      "name a .run that `dune build` wrote",
    );
  const read = await (head.payloadOffset === undefined ? folderMembers : fileMembers)(path, name, head);
  const [manifest, tunnels] = tables.map((table) => read.get(table));
  if (manifest === undefined || tunnels === undefined) throw damaged(name, "it is not whole");
  return {
    name,
    kind: "bundle",
    manifest: parsed(textOf(manifest), `the bundle ${name}`),
    phynode: head.phynode,
    farAddresses: farAddressesOf(textOf(tunnels)),
    contents: bundleContents(path, name, head),
  };
}

/** What is read of a bundle. */
const tables = ["manifest.json", "tunnels"] as const;

async function fileMembers(path: string, name: string, head: RunHead) {
  await checkRunFile(path, name, head);
  return readMembers(path, name, head, new Set(tables));
}

/** The script vouches for the list of sums, and that for the rest. */
async function folderMembers(path: string, name: string, head: RunHead) {
  const payload = join(dirname(path), "payload");
  const [script, sums, ...members] = await Promise.all(
    [path, ...["SHA256SUMS", ...tables].map((file) => join(payload, file))].map((file) =>
      orAbsent(readFile(file)),
    ),
  );
  if (script === undefined || sums === undefined)
    throw damaged(name, "the folder payload beside it is not whole");
  const isOwn = (member: Uint8Array | undefined, index: number) =>
    member === undefined || sums.includes(`${sha256Of(member)}  ${tables[index]}\n`);
  if (sha256Of(Buffer.concat([script.subarray(head.size), sums])) !== head.sha256 || !members.every(isOwn))
    throw damaged(name, "its content is not what its sums say");
  return new Map(
    members.flatMap((member, index) =>
      member === undefined ? [] : [[String(tables[index]), member as Uint8Array]],
    ),
  );
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}

function parsed(text: string, where: string): Manifest {
  const read = readManifest(text);
  if (read.ok) return read.manifest;
  throw new Fault(exitCodes.wrongInput, `${where}: ${read.message}`, read.hint);
}
