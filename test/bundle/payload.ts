import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Makes bundles by hand, by `tar`, `gzip` and `sha256sum` alone, so that the runtime is tested without the compiler. */

export type Row = readonly (string | number)[];
export type Tables = Partial<Record<TableName, readonly Row[]>>;
type TableName = (typeof tableNames)[number];

const tableNames = [
  "nodes",
  "bridges",
  "veths",
  "tunnels",
  "interfaces",
  "addresses",
  "qdiscs",
  "sysctls",
  "routes",
  "files",
  "private",
  "exec",
  "processes",
  "environment",
  "hooks",
  "setup",
  "results",
  "programs",
  "uses",
] as const;

export interface HandMadeLab {
  readonly lab: string;
  readonly phynode: string;
  /** More keys of the table `lab`, as `address`. */
  readonly keys?: Readonly<Record<string, string>>;
  readonly tables: readonly Tables[];
  readonly contents?: readonly string[];
  /** Files of this machine that go into `bin`, by name; their needs are in the table `programs`. */
  readonly programs?: Readonly<Record<string, string>>;
}

export const runtimeFolder = new URL("../../packages/core/runtime/", import.meta.url).pathname;

export function runtimeText(): string {
  const parts = readdirSync(runtimeFolder).filter((name) => name.endsWith(".sh"));
  return parts
    .sort()
    .map((name) => readFileSync(join(runtimeFolder, name), "utf8"))
    .join("");
}

/** A field that may hold anything, as docs/bundle-format.md has it. */
export function text(value: string): string {
  const escapes: Record<string, string> = { "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r" };
  if (value === "") return "-";
  return value === "-" ? "\\055" : value.replace(/[\\\n\t\r]/g, (character) => escapes[character] ?? "");
}

export function sha256(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** A node as the compiler makes one: its namespace, `lo`, no duplicate address detection. */
export function node(name: string, kind: "node" | "bridge" = "node"): Tables {
  return {
    nodes: [[name, name, kind]],
    interfaces: [[name, "lo", "-"]],
    sysctls: [
      [name, 1, "0001", "net/ipv6/conf/all/accept_dad", 0],
      [name, 1, "0002", "net/ipv6/conf/default/accept_dad", 0],
    ],
  };
}

function combine(tables: readonly Tables[], name: TableName): string {
  const rows = tables.flatMap((one) => one[name] ?? []).map((row) => `${row.join("\t")}\n`);
  return rows.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).join("");
}

function writePayload(folder: string, lab: HandMadeLab): void {
  mkdirSync(join(folder, "content"), { recursive: true });
  const keys = { format: "1", lab: lab.lab, phynode: lab.phynode, ...lab.keys };
  const entries = Object.entries(keys).map(([key, value]) => `${key}\t${value}\n`);
  writeFileSync(join(folder, "lab"), entries.join(""));
  for (const name of tableNames) writeFileSync(join(folder, name), combine(lab.tables, name));
  for (const content of lab.contents ?? []) writeFileSync(join(folder, "content", sha256(content)), content);
  const programs = Object.entries(lab.programs ?? {});
  rmSync(join(folder, "bin"), { recursive: true, force: true });
  if (programs.length > 0) mkdirSync(join(folder, "bin"));
  // As in a bundle of the compiler's, nobody else may read them, or run them yet.
  for (const [name, file] of programs)
    writeFileSync(join(folder, "bin", name), readFileSync(file), { mode: 0o600 });
  writeFileSync(join(folder, "manifest.json"), `{"lab":"${lab.lab}"}\n`);
}

function header(lab: HandMadeLab, digest: string, offset: string): string {
  return [
    "#!/bin/sh",
    `# dune bundle: lab "${lab.lab}", phynode "${lab.phynode}"`,
    "DUNE_FORMAT=1",
    `DUNE_LAB=${lab.lab}`,
    `DUNE_PHYNODE=${lab.phynode}`,
    `DUNE_SHA256=${digest}`,
    `DUNE_PAYLOAD_OFFSET=${offset}`,
    "",
  ].join("\n");
}

/** Writes `<phynode>.run` into the folder and returns its path. */
export function writeBundle(folder: string, lab: HandMadeLab): string {
  const payload = join(folder, `${lab.phynode}.payload`);
  writePayload(payload, lab);
  const archive = execFileSync("sh", ["-c", 'cd "$1" && tar -cf - -- * | gzip -n', "sh", payload], {
    maxBuffer: 1 << 26,
  });
  const runtime = runtimeText();
  const digest = createHash("sha256").update(runtime).update(archive).digest("hex");
  const offset = String(Buffer.byteLength(header(lab, digest, "0".repeat(10)) + runtime)).padStart(10, "0");
  const bundle = join(folder, `${lab.phynode}.run`);
  writeFileSync(bundle, Buffer.concat([Buffer.from(header(lab, digest, offset) + runtime), archive]), {
    mode: 0o755,
  });
  return bundle;
}

/** Writes `<phynode>/run.sh` and `<phynode>/payload/` and returns the path of run.sh. */
export function writeFolderBundle(folder: string, lab: HandMadeLab): string {
  const home = join(folder, lab.phynode);
  const payload = join(home, "payload");
  writePayload(payload, lab);
  execFileSync("sh", [
    "-c",
    'cd "$1" && find . -type f | sort | xargs sha256sum >../s && mv ../s SHA256SUMS',
    "sh",
    payload,
  ]);
  const digest = createHash("sha256")
    .update(runtimeText())
    .update(readFileSync(join(payload, "SHA256SUMS")))
    .digest("hex");
  writeFileSync(join(home, "run.sh"), header(lab, digest, "") + runtimeText(), { mode: 0o755 });
  return join(home, "run.sh");
}
