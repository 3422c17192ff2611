import { existsSync } from "node:fs";
import { run, runIn } from "./enter.js";
import { scriptCommand } from "./scripts.js";
import type { Room, Server } from "./servers.js";

/** What is there after `down` and was not before `up`. */
export interface Leftovers {
  /** What the lab left on its servers or on this machine: a fault. */
  readonly ofLab: readonly string[];
  /** Files that the lab's own commands wrote: `down` removes only what dune made. */
  readonly ofCommands: readonly string[];
  /** What changed on this machine meanwhile under names that are not the lab's. */
  readonly ofOthers: readonly string[];
}

/** Lines of kind, TAB, name, and a mark; see `snapshot.sh`. */
export type Snapshot = ReadonlySet<string>;

/** What names belong to the lab. */
export interface LabNames {
  readonly lab: string;
  readonly namespaces: ReadonlySet<string>;
  readonly devices: ReadonlySet<string>;
  /** Absolute paths of the lab's files. */
  readonly files: ReadonlySet<string>;
}

export async function snapshotMachine(): Promise<Snapshot> {
  const [command = "sh", ...args] = scriptCommand("snapshot.sh", "machine");
  return linesOf((await run(command, args)).stdout);
}

/** The snapshots of all servers, in the room's order. */
export async function snapshotServers({ servers }: Room): Promise<readonly Snapshot[]> {
  const command = scriptCommand("snapshot.sh", "server");
  return Promise.all(servers.map(async (server) => linesOf((await runIn(server, command)).stdout)));
}

export interface Snapshots {
  readonly machine: Snapshot;
  readonly servers: readonly Snapshot[];
}

export function findLeftovers(
  before: Snapshots,
  after: Snapshots,
  servers: readonly Server[],
  names: LabNames,
): Leftovers {
  const onServers = servers.flatMap(({ phynode }, index) =>
    added(before.servers[index], after.servers[index])
      .filter(({ name, isViewed }) => !(isViewed && isFolderHere(name)))
      .map((thing) => ({ ...thing, where: `on ${phynode}` })),
  );
  const onMachine = added(before.machine, after.machine).map((thing) => ({
    ...thing,
    where: "on this machine",
  }));
  const isCommands = (thing: Thing) => isFile(thing) && !isOwnFile(thing.name, names);
  return {
    ofLab: [
      ...onServers.filter((thing) => !isCommands(thing) && !isLog(thing, names)),
      ...onMachine.filter((thing) => isOfLab(thing, names)),
    ].map(describe),
    ofCommands: onServers.filter(isCommands).map(describe),
    ofOthers: onMachine.filter((thing) => !isOfLab(thing, names)).map(describe),
  };
}

interface Thing {
  readonly kind: string;
  readonly name: string;
  /** Whether this machine may have it, too, and shows through. */
  readonly isViewed: boolean;
}

function isFile({ kind }: Thing): boolean {
  return kind === "file" || kind === "folder";
}

function isFolderHere(path: string): boolean {
  return existsSync(`${path}/`);
}

function added(before: Snapshot | undefined, after: Snapshot | undefined): readonly Thing[] {
  return [...(after ?? [])]
    .filter((line) => !before?.has(line))
    .sort()
    .map((line) => {
      const [kind = "", name = "", view] = line.split("\t");
      return { kind, name, isViewed: view === "view" };
    });
}

function describe({ kind, name, where }: Thing & { readonly where: string }): string {
  return `${kind} ${name} ${where}`;
}

function stateFolder({ lab }: LabNames): string {
  return `/var/lib/dune/${lab}`;
}

/** What dune itself makes: its state, its locks, the lab's files and the folders above them. */
function isOwnFile(path: string, names: LabNames): boolean {
  if (/^(\/var\/lib|\/run)\/dune(\/|$)/.test(path)) return true;
  return names.files.has(path) || [...names.files].some((file) => file.startsWith(`${path}/`));
}

/** The logs, which `down` keeps, and the folders above them. */
function isLog(thing: Thing, names: LabNames): boolean {
  const { name } = thing;
  const logs = `${stateFolder(names)}/log`;
  return isFile(thing) && (name.startsWith(`${logs}/`) || `${logs}/`.startsWith(`${name}/`));
}

function isOfLab({ kind, name }: Thing, names: LabNames): boolean {
  if (kind === "network namespace") return names.namespaces.has(name);
  if (kind === "link") return names.devices.has(name);
  return name.startsWith(`${stateFolder(names)}/`) || names.namespaces.has(name.replace("/run/netns/", ""));
}

function linesOf(text: string): Snapshot {
  return new Set(text.split("\n").filter((line) => line !== ""));
}
