import type { Reporter } from "../../diagnostics/reporter.js";
import { lastCore } from "../../values/cores.js";
import { parsePhynodeName } from "../../values/names.js";
import { parsePlatform } from "../../values/platform.js";
import type { Document, Localhost } from "../1-parse/document.js";
import { fileOrigin } from "../1-parse/file-origin.js";
import { type Locate, readEntity } from "../1-parse/read-entity.js";
import type { Fragment } from "./fragment.js";
import type { Fragments } from "./fragments.js";
import type { Language } from "./language.js";
import { merge, originOf } from "./merge.js";
import { phynodeSysctls } from "./sysctls.js";
import type { Phynode } from "./topology.js";
import { onUnsetNothing } from "./unset.js";

const defaultPlatform = parsePlatform("linux/amd64");
/** The label of what no file says: cores and platform of the machine that compiles. */
export const thisMachine = "this machine";

/** Nodes on one phynode where `limits.nodes` is not given. */
const defaultNodeLimit = 250;

/** The servers, sorted by name; without any declared, the machine at hand. */
export function resolvePhynodes(
  document: Document,
  fragments: Fragments,
  language: Language,
  reporter: Reporter,
): readonly Phynode[] {
  const declared = [...fragments.phynodes].sort(([a], [b]) => (a < b ? -1 : 1));
  if (declared.length === 0) return localPhynode(document, fragments, language, reporter);
  const phynodes = declared.flatMap(([name, own]) => {
    const all = [...fragments.phynodeDefaults, ...own];
    const valid = parsePhynodeName(name);
    if (!valid.ok) {
      const { message, hint } = valid;
      reporter.report("resolve/bad-name", { message, at: originOf(own, [], "key"), ...(hint && { hint }) });
    }
    return resolvePhynode(name, all, language, reporter) ?? [];
  });
  reportSharedAddresses(phynodes, reporter);
  return phynodes;
}

function localPhynode(
  { localhost, layers }: Document,
  fragments: Fragments,
  language: Language,
  reporter: Reporter,
): readonly Phynode[] {
  const layer = layers.at(-1);
  // After an error the phynodes may be what was written wrongly.
  if (layer === undefined || (localhost === undefined && reporter.errorCount > 0)) return [];
  if (localhost === undefined) {
    reporter.report("resolve/no-phynode", {
      message: "the topology declares no phynode, and this machine's cores were not given",
      at: fileOrigin(layer, ["infrastructure"]),
      hint: 'declare one, e.g. [infrastructure.nodes.server1] with cores = [[1, 2, 3]] and address = "192.0.2.1"',
    });
    return [];
  }
  const machine: Fragment = {
    layer,
    path: ["infrastructure"],
    table: {
      cores: localhost.cores as Localhost["cores"] & number[][],
      ...(localhost.platform !== undefined && { platform: localhost.platform }),
    },
    label: thisMachine,
  };
  const phynode = resolvePhynode("localhost", [machine, ...fragments.phynodeDefaults], language, reporter);
  return phynode === undefined ? [] : [phynode];
}

function resolvePhynode(
  name: string,
  fragments: readonly Fragment[],
  language: Language,
  reporter: Reporter,
): Phynode | undefined {
  const locate: Locate = (path, target) => originOf(fragments, path, target);
  const label = `phynode "${name}"`;
  const table = merge(fragments, onUnsetNothing(label, reporter));
  const given = readEntity(language.phynode, table, { label, locate }, reporter);
  if (given === undefined || !defaultPlatform.ok) return undefined;
  checkCores(given.cores, label, locate, reporter);
  const where = { label, at: (key: string, target: "key" | "value") => locate(["sysctls", key], target) };
  return {
    name,
    fragments,
    cores: given.cores,
    ...(given.address && { address: given.address.text }),
    ...(given.interface && { interface: given.interface }),
    ...(given.mtu && { mtu: given.mtu }),
    ...(given.bw && { rateBitsPerSecond: given.bw }),
    platform: given.platform ?? defaultPlatform.value,
    ...(given.ssh && { ssh: given.ssh }),
    tags: [...(given.tags ?? [])].sort(),
    oversubscribe: given.oversubscribe ?? 1,
    setup: { pre: given.setup?.pre ?? [], post: given.setup?.post ?? [] },
    binds: (given.binds ?? []).map(({ src, dst, exec, mode, owner }) => ({
      src,
      dst,
      mode: mode ?? (exec ? 0o755 : 0o644),
      modeDeclared: mode !== undefined,
      ...(owner !== undefined && { owner }),
    })),
    sysctls: phynodeSysctls(given.sysctls ?? {}, where, reporter),
    limits: { nodes: given.limits?.nodes ?? defaultNodeLimit },
    extensions: language.extensionsOf("phynode", given),
  };
}

function checkCores(cores: Phynode["cores"], label: string, locate: Locate, reporter: Reporter): void {
  const seen = new Map<number, readonly (string | number)[]>();
  for (const [numa, list] of cores.entries()) {
    for (const [index, core] of list.entries()) {
      const path = ["cores", numa, index];
      const before = seen.get(core);
      if (core < 0 || core > lastCore) {
        reporter.report("resolve/core-out-of-range", {
          message: `${label} has a core ${core}; cores are numbered from 0 to ${lastCore}`,
          at: locate(path),
          hint: "list the numbers that lscpu -e shows on that server",
        });
      } else if (before !== undefined) {
        reporter.report("resolve/duplicate-core", {
          message: `core ${core} of ${label} is listed twice`,
          at: locate(path),
          related: [{ message: "first here", at: locate(before) }],
          hint: "a core belongs to one NUMA node; remove one of the two",
        });
      } else seen.set(core, path);
    }
  }
}

function reportSharedAddresses(phynodes: readonly Phynode[], reporter: Reporter): void {
  const holders = new Map<string, Phynode>();
  for (const phynode of phynodes) {
    if (phynode.address === undefined) continue;
    const holder = holders.get(phynode.address);
    if (holder === undefined) holders.set(phynode.address, phynode);
    else {
      reporter.report("resolve/duplicate-address", {
        message: `phynodes "${holder.name}" and "${phynode.name}" have the same address ${phynode.address}`,
        at: originOf(phynode.fragments, ["address"]),
        related: [{ message: `"${holder.name}" has it here`, at: originOf(holder.fragments, ["address"]) }],
        hint: "give each server its own underlay address",
      });
    }
  }
}
