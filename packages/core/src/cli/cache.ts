import { access } from "node:fs/promises";
import { Command } from "commander";
import { type ListedEntry, listEntries } from "../phases/5-build/cache-entry.js";
import { refuseForeignCache } from "../phases/5-build/cache-refusal.js";
import { emptyCache, pruneCache } from "../phases/5-build/prune-cache.js";
import { removeDeadWork } from "../phases/5-build/work-folder.js";
import { parseBytes } from "../values/bytes.js";
import { act, printJson } from "./act.js";
import { cacheFault, cacheFolder, cacheLimitBytes } from "./cache-folder.js";
import { paletteOf } from "./colours.js";
import { exitCodes } from "./exit-codes.js";
import { Fault } from "./fault.js";
import { jsonOption } from "./options.js";
import { sizeText } from "./size-text.js";
import { alignColumns, counted, firstOf } from "./table.js";

interface PruneOptions {
  readonly maxSize?: string;
  readonly all?: true;
  readonly json?: true;
}

export function cacheCommand(): Command {
  const list = new Command("list")
    .description("List the programs that are kept, those first that were used last.")
    .addOption(jsonOption())
    .action(act(runList, (options: { readonly json?: true }) => options.json === true));
  const prune = new Command("prune")
    .description("Remove the programs that were not used for the longest time, until the rest fits.")
    .option("--max-size <size>", "what may stay, e.g. 1GB (default: DUNE_CACHE_MAX, else 5GB)")
    .option("--all", "remove all of them, and all else that the cache holds")
    .addOption(jsonOption())
    .action(act(runPrune, (options: PruneOptions) => options.json === true));
  return new Command("cache")
    .summary("list or remove the programs that are kept between builds")
    .description(
      "Programs are built once, and kept in $XDG_CACHE_HOME/dune (by default ~/.cache/dune) for the next builds: of the same sources, by the same tools, for the same platform. Nothing of it is needed to run a lab.",
    )
    .addCommand(list)
    .addCommand(prune);
}

async function runList({ json }: { readonly json?: true }): Promise<number> {
  const folder = cacheFolder();
  const entries = await refusalsTold(folder, () => listEntries(folder));
  const latest = [...entries].sort((a, b) => b.usedAt.getTime() - a.usedAt.getTime());
  if (json) printJson({ ok: true, folder, programs: latest.map(jsonOf) });
  else process.stdout.write(`${listLines(latest, folder).join("\n")}\n`);
  return exitCodes.done;
}

async function runPrune({ maxSize, all, json }: PruneOptions): Promise<number> {
  const folder = cacheFolder();
  const limit = maxSize === undefined ? cacheLimitBytes() : sizeOf(maxSize);
  const removed = await refusalsTold(folder, async () => {
    if (!(await isThere(folder))) return [];
    await refuseForeignCache(folder);
    await removeDeadWork(folder);
    return all ? emptyCache(folder) : pruneCache(folder, limit);
  });
  if (json) printJson({ ok: true, folder, removed: removed.map(jsonOf) });
  else process.stdout.write(`${prunedLines(removed, folder).join("\n")}\n`);
  return exitCodes.done;
}

function sizeOf(text: string): number {
  const parsed = parseBytes(text);
  if (!parsed.ok) throw new Fault(exitCodes.wrongInput, `--max-size: ${parsed.message}`, parsed.hint);
  return parsed.value;
}

async function refusalsTold<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw cacheFault(error, folder) ?? error;
  }
}

async function isThere(folder: string): Promise<boolean> {
  return access(folder).then(
    () => true,
    () => false,
  );
}

function listLines(entries: readonly ListedEntry[], folder: string): readonly string[] {
  if (entries.length === 0) return [`${folder} holds no programs`];
  const { dim } = paletteOf(process.stdout);
  const head = ["program", "platform", "sha256", "size", "built", "last used", "tools"].map(dim);
  const rows = entries.map((entry) => [
    entry.facts.name,
    entry.facts.platform,
    entry.facts.sha256.slice(0, 12),
    sizeText(entry.sizeBytes),
    timeText(entry.builtAt),
    timeText(entry.usedAt),
    firstOf(
      entry.facts.tools.map(({ name }) => name),
      3,
    ),
  ]);
  return [...alignColumns([head, ...rows], [3]), "", totalText(entries, folder)];
}

function prunedLines(removed: readonly ListedEntry[], folder: string): readonly string[] {
  if (removed.length === 0) return [`nothing to remove in ${folder}`];
  const lines = removed.map(
    ({ facts, sizeBytes }) => `removed ${facts.name} for ${facts.platform}, ${sizeText(sizeBytes)}`,
  );
  return [...lines, "", `removed ${totalText(removed, folder)}`];
}

function totalText(entries: readonly ListedEntry[], folder: string): string {
  const sizeBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  return `${counted(entries.length, "program")}, ${sizeText(sizeBytes)} in ${folder}`;
}

/** Local time, to the minute. */
function timeText(time: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  const day = [time.getFullYear(), time.getMonth() + 1, time.getDate()].map(two).join("-");
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

function jsonOf({ key, facts, sizeBytes, builtAt, usedAt }: ListedEntry) {
  const { name, platform, tools, sha256, size } = facts;
  return {
    key,
    name,
    platform,
    sha256,
    size,
    sizeOnDisk: sizeBytes,
    built: builtAt.toISOString(),
    used: usedAt.toISOString(),
    tools,
  };
}
