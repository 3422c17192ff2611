import { mkdir, mkdtemp, readdir, readFile, readlink, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { killMarked } from "./marked-processes.js";
import { removeTree } from "./remove-tree.js";

/** Older ones of which nobody on this machine can say whether they are in use: of another machine, of a container. */
const foreignDays = 2;
const dayMs = 24 * 60 * 60 * 1000;
/** Where the system does not say it. */
const unknown = "0";

/**
 * A process, for others that share the folder: pids are used again, and those of a container or of another machine mean
 * nothing here.
 */
interface Owner {
  readonly pid: number;
  /** When it started, in ticks since the machine did. */
  readonly start: string;
  readonly pidNamespace: string;
  readonly boot: string;
}

/** Makes a folder in `work/` of the cache that is this compilation's own; its name says whose it is, from its first moment. */
export async function makeWorkFolder(cacheFolder: string): Promise<string> {
  const work = join(cacheFolder, "work");
  await mkdir(work, { recursive: true, mode: 0o700 });
  const { pid, start, pidNamespace, boot } = await thisProcess();
  return mkdtemp(join(work, `${pid}-${start}-${pidNamespace}-${boot}-`));
}

/** Removes what compilations have left that were killed, with the processes of their builds. */
export async function removeDeadWork(cacheFolder: string): Promise<void> {
  const work = join(cacheFolder, "work");
  const here = await thisProcess();
  const dead: string[] = [];
  for (const name of await readdir(work)) {
    if (await isDead(join(work, name), here)) dead.push(name);
  }
  if (dead.length === 0) return;
  await killMarked((mark) => dead.some((name) => mark.startsWith(`${name}/`)));
  // Another user's stays: of one who is root, with this user's HOME.
  for (const name of dead) await removeTree(join(work, name)).catch(ifForbidden);
}

function ifForbidden(error: NodeJS.ErrnoException): void {
  if (error.code !== "EACCES" && error.code !== "EPERM") throw error;
}

async function isDead(folder: string, here: Owner): Promise<boolean> {
  const owner = ownerOf(basename(folder));
  if (owner?.boot === here.boot && owner.pidNamespace === here.pidNamespace && here.boot !== unknown)
    return (await startOf(owner.pid)) !== owner.start;
  const usedAt = await stat(folder).catch(() => undefined);
  return usedAt !== undefined && Date.now() - usedAt.mtimeMs > foreignDays * dayMs;
}

function ownerOf(name: string): Owner | undefined {
  const [pid = "", start = "", pidNamespace = "", boot = ""] = name.split("-");
  return /^\d+$/.test(pid) ? { pid: Number(pid), start, pidNamespace, boot } : undefined;
}

async function thisProcess(): Promise<Owner> {
  const [start = unknown, namespace, boot] = await Promise.all([
    startOf(process.pid),
    readlink("/proc/self/ns/pid").catch(() => ""),
    readFile("/proc/sys/kernel/random/boot_id", "latin1").catch(() => ""),
  ]);
  const digits = (text: string) => text.replace(/[^0-9a-f]/g, "") || unknown;
  return { pid: process.pid, start, pidNamespace: digits(namespace.replace("pid:", "")), boot: digits(boot) };
}

/** Undefined where there is no such process, or one that has ended and that its parent has not asked for. */
async function startOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  // The second field is the command's name, which may hold anything; the start is the 22nd, the state the third.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}
