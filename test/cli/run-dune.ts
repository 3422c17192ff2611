import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { onTestFinished } from "vitest";

export const main = fileURLToPath(new URL("../../packages/core/dist/cli/main.js", import.meta.url));

/** What a run of the command printed, and its exit code. */
export interface Run {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command, without a terminal and without colours unless `env` asks for them. */
export async function dune(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  prefix: readonly string[] = [],
): Promise<Run> {
  const [program = "node", ...rest] = [...prefix, "node", main, ...args];
  const { exitCode, stdout, stderr } = await execa(program, rest, {
    cwd,
    reject: false,
    extendEnv: false,
    stdin: "ignore",
    env: { PATH: process.env.PATH ?? "", ...env },
  });
  return { exitCode, stdout, stderr };
}

/** A new folder that is removed after the test. */
export function newFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "dune-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Two servers, three nodes, layers that replace and unset each other. */
export const labToml = `name = "lab"
[params]
rate = "1gbit"
[infrastructure.nodes.server1]
cores = [[1, 2, 3]]
address = "192.0.2.1"
[infrastructure.nodes.server2]
cores = [[1, 2, 3]]
address = "192.0.2.2"
[topology.defaults.nodes]
sysctls = { "net.ipv6.conf.all.forwarding" = "0" }
exec = ["true"]
[topology.defaults.links]
latency = "5ms"
[topology.groups.edge]
nodes = ["r0", "r1"]
separate = "edge"
sysctls = { "net.ipv6.conf.all.forwarding" = "1" }
[topology.nodes.r0]
phynode = "server1"
exec = ["echo {{node}}"]
pinned = { name = "monitor", cmd = "ip monitor {{core_1}}" }
[topology.nodes.r1]
unset = ["exec"]
[topology.nodes.h0]
addrs.eth0 = ["2001:db8::1/64"]
[topology]
links = [
  { endpoints = ["r0:eth0", "r1:eth0"], latency = "10ms", "r1:eth0".latency = "25ms" },
  { endpoints = ["h0:eth0", "r0:eth1"] },
]
`;
