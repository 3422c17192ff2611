import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import type { Machine, Outcome } from "./bed.js";

const command = fileURLToPath(new URL("../../dune", import.meta.url));

/**
 * Builds a lab (a folder's, or of these files) as a user does, and hands every machine its bundle by scp.
 *
 * @param settings for `--set`: `params.rate=10mbit`
 */
export async function buildLab(
  source: URL | Readonly<Record<string, string>>,
  machines: readonly Machine[],
  settings: readonly string[] = [],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "dune-vm-"));
  const sources = join(folder, "lab");
  mkdirSync(sources);
  try {
    if (source instanceof URL) cpSync(source, sources, { recursive: true });
    else for (const [name, text] of Object.entries(source)) writeFileSync(join(sources, name), text);
    await execa(command, ["build", sources, ...settings.flatMap((setting) => ["--set", setting])]);
    await Promise.all(machines.map((machine) => machine.copy(join(sources, "dist", `${machine.name}.run`))));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs the machine's own bundle: `bundle(m1, "up")`. */
export function bundle(machine: Machine, args: string): Promise<Outcome> {
  return machine.run(`sh /root/${machine.name}.run ${args}`);
}

/** All that a lab could leave on a machine, a line each; only where its logs are is left out. */
export async function inventory(machine: Machine): Promise<readonly string[]> {
  const { stdout } = await machine.run(`
    ip netns
    ip -d -o link
    ip -o address
    tc qdisc show
    cat /proc/self/mounts
    find /sys/fs/cgroup -type d
    find /etc /root /run /srv /tmp /var/lib -printf '%p %y %m %u %g\\n' |
      grep -v '^/var/lib/dune\\( \\|/[^/]* \\|/[^/]*/log[/ ]\\)'
    find /srv /var/lib -path '/var/lib/dune/*/log' -prune -o -type f -exec sha256sum {} +
    sysctl -a 2>/dev/null | grep '^net\\.'
    ps --deselect -p 2 --ppid 2 -o args=`);
  return stdout.split("\n").sort();
}
