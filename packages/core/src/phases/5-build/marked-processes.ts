import { readdir, readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

/** Beyond any build. */
const mostRounds = 200;
/** A process that is just becoming another program shows no environment yet; one that has none shows none after these, either. */
const roundsToBegin = 20;
const pauseMs = 5;
const variable = "\0DUNE_BUILD=";

/** Among the flags in `/proc/<pid>/stat`: a thread of the kernel. */
const isKernelThread = 0x200000;

/**
 * Kills the processes of builds by their marks, those too that left their group. It looks until there is none of which it is
 * not known that it is another's: one that ended while it was looked at may have started the next.
 * @param isOurs is told the mark
 */
export async function killMarked(isOurs: (mark: string) => boolean): Promise<void> {
  const others = new Set<number>();
  for (let round = 0; round < mostRounds; round++) {
    const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
    const unknown = pids.filter((pid) => !others.has(pid));
    if (unknown.length === 0) return;
    const marks = await Promise.all(unknown.map(markOf));
    for (const [index, pid] of unknown.entries()) {
      const mark = marks[index];
      if (mark !== undefined && isOurs(mark)) kill(pid);
      else if (mark !== undefined || round >= roundsToBegin) others.add(pid);
    }
    if (marks.includes(undefined)) await pause(pauseMs);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Empty for one that has none; undefined where it has no environment, or shows it only later. */
async function markOf(pid: number): Promise<string | undefined> {
  const environ = await readProcess(pid, "environ");
  if (environ === "" && (await canHaveOne(pid))) return (await hasNone(pid)) ? "" : undefined;
  const at = `\0${environ}`.indexOf(variable);
  return at < 0 ? "" : environ.slice(at + variable.length - 1).split("\0", 1)[0];
}

/** Whether it is still there, and no thread of the kernel. It may be another user's, and its environment not to be read. */
async function canHaveOne(pid: number): Promise<boolean> {
  const stat = await readProcess(pid, "stat");
  // After the name, which may hold anything: state, parent, group, session, terminal, its group, flags.
  const [state = "", , , , , , flags = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state !== "" && !"ZX".includes(state) && (Number(flags) & isKernelThread) === 0;
}

/** Arguments and environment come at the same moment: who has arguments before, and no environment after, has none. */
async function hasNone(pid: number): Promise<boolean> {
  const before = await readProcess(pid, "cmdline");
  return (
    before !== "" &&
    (await readProcess(pid, "environ")) === "" &&
    before === (await readProcess(pid, "cmdline"))
  );
}

async function readProcess(pid: number, file: "environ" | "cmdline" | "stat"): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, "latin1").catch(() => "");
}
