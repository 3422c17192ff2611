import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type CompileOptions, type CompileResult, compile, diskFiles } from "@dune/core";
import { onTestFinished } from "vitest";
import { main } from "../cli/run-dune.js";

/** A lab with a program that `sh` makes, in a folder of its own, with a cache of its own. */
export interface BuildLab {
  readonly folder: string;
  readonly cache: string;
  /** A value of a variable of all its builds, by which their processes are found. */
  readonly mark: string;
  write(file: string, text: string): Promise<void>;
  /** Writes the topology: programs by name with their shell commands (which must name {{out}}, and so do), and more of their keys. */
  declare(commands: Readonly<Record<string, string>>, keys?: string): Promise<void>;
  build(options?: Partial<CompileOptions>): Promise<CompileResult>;
  /** Starts the command. */
  start(args?: readonly string[], env?: Readonly<Record<string, string>>): RunningDune;
}

export interface RunningDune {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  readonly end: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/** Makes `#!/bin/sh` and a line: a program that is fit for every platform. */
export const script = (line: string) => `printf '#!/bin/sh\\n%s\\n' "${line}" > {{out}}`;

export async function newLab(): Promise<BuildLab> {
  const folder = mkdtempSync(join(tmpdir(), "dune-build-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const mark = folder.slice(-6);
  const cache = join(folder, "xdg", "dune");
  const lab: BuildLab = {
    folder,
    cache,
    mark,
    async write(file, text) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    },
    async declare(commands, keys = "") {
      const names = Object.keys(commands);
      const tables = names.map(
        (name) =>
          `[binaries.${name}]\nbuilder = "command"\nsource = "src"\nenviron.TEST_MARK = "${mark}"\ncommand = '''${commands[name]}\n# {{out}}'''\n${keys}\n`,
      );
      await lab.write(
        "topology.toml",
        `name = "lab"\n[topology.nodes.r0]\nbinaries = ${JSON.stringify(names)}\n${tables.join("")}`,
      );
    },
    build: (options = {}) =>
      compile(
        { file: "topology.toml" },
        {
          files: diskFiles(folder),
          localhost: { cores: [[1]] },
          ...options,
          builds: { cacheFolder: cache, ...options.builds },
        },
      ),
    start: (args = ["build", ".", "--out", "dist"], env = {}) => startDune(folder, args, env),
  };
  await lab.write("src/word", "one\n");
  return lab;
}

function startDune(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): RunningDune {
  const child = spawn("node", [main, ...args], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env.PATH, XDG_CACHE_HOME: join(folder, "xdg"), ...env },
  });
  let stderr = "";
  child.stderr.on("data", (bytes: Buffer) => {
    stderr += bytes.toString();
  });
  return {
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    end: new Promise((resolve) => child.on("close", (code) => resolve({ code, stderr }))),
  };
}

/** Command lines of processes that a lab's builds have started and that are still there. */
export function processesOf({ mark }: BuildLab): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const environ = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
        const command = readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
        return environ.includes(`TEST_MARK=${mark}`) ? [`${pid} ${command}`] : [];
      } catch {
        return [];
      }
    });
}

/** Waits until something is so; fails after ten seconds. */
export async function until(condition: () => boolean, everyMs = 10): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`still not so: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Names in a folder; none where it is not there. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

export function entriesOf({ cache }: BuildLab): readonly string[] {
  return namesIn(join(cache, "entries"));
}
