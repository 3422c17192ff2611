import { readdir, readFile } from "node:fs/promises";

const rounds = 100;
const variable = "\0DUNE_BUILD=";

/**
 * Kills the processes of builds by their marks, those too that left their group. What they start meanwhile is found by the
 * next round.
 * @param isOurs is told the mark
 */
export async function killMarked(isOurs: (mark: string) => boolean): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const found = await markedProcesses(isOurs);
    if (found.length === 0) return;
    for (const pid of found) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
  }
}

async function markedProcesses(isOurs: (mark: string) => boolean): Promise<readonly number[]> {
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      // It may have ended, or be another user's.
      const environ = `\0${await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "")}`;
      const at = environ.indexOf(variable);
      const mark = environ.slice(at + variable.length).split("\0", 1)[0] ?? "";
      return at >= 0 && isOurs(mark) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}
