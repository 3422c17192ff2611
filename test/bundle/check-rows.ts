import { spawnSync } from "node:child_process";
import { expect } from "vitest";
import { type HandMadeLab, node, type Tables } from "./payload.js";
import { dump, type Phynode } from "./phynode.js";

export const find = (tool: string): string =>
  spawnSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).stdout.trim();

export interface Row {
  readonly what: string;
  readonly state: "ok" | "warning" | "problem";
  readonly text: string;
  readonly fix: string;
}

/** What `check --json` says of this lab: its exit code and rows; the human table has the same exit code. */
export function check(
  server: Phynode,
  bundle: string,
): { code: number; rows: readonly Row[]; table: string } {
  const before = dump(server);
  const json = server.run(`sh ${bundle} check --json`);
  const human = server.run(`sh ${bundle} check`);
  expect(dump(server)).toBe(before);
  expect(human.code).toBe(json.code);
  expect(human.stderr).toBe("");
  const parsed = JSON.parse(json.stdout) as { ok: boolean; checks: readonly Row[] };
  expect(parsed.ok).toBe(json.code === 0);
  return { code: json.code, rows: parsed.checks, table: human.stdout };
}

export const of = (rows: readonly Row[], state: Row["state"]): readonly string[] =>
  rows.filter((row) => row.state === state).map((row) => `${row.what}: ${row.text}`);

export function tunnel(here: string, there: string): Tables {
  return {
    tunnels: [["r1", "eth0", 2, "02:00:00:00:00:01", 1400, 77, here, there, "r1:eth0-r2:eth0"]],
    interfaces: [["r1", "eth0", "-"]],
  };
}

export function far(here: string, ...there: readonly string[]): HandMadeLab {
  const tunnels = there.map((remote, n) => [
    "r1",
    `eth${n}`,
    2 + n,
    `02:00:00:00:00:0${n}`,
    1400,
    77 + n,
    here,
    remote,
    `l${n}`,
  ]);
  return { lab: "far", phynode: "server1", keys: { address: here }, tables: [node("r1"), { tunnels }] };
}
