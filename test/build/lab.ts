import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Build,
  type BuildMode,
  type CompileResult,
  compile,
  definePlugin,
  diskFiles,
  type Plugin,
} from "@dune/core";
import { expect, onTestFinished } from "vitest";

/** Programs in all languages, to be copied. */
export const sources = fileURLToPath(new URL("./sources", import.meta.url));

export function has(tool: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${tool}`]).status === 0;
}

/** A folder with a topology, and a cache for what is built of it. */
export class Lab {
  readonly folder = mkdtempSync(join(tmpdir(), "dune-build-"));
  readonly cacheFolder = join(this.folder, "cache");
  /** The lab itself is in a folder of its own: what is beside it is outside. */
  root = join(this.folder, "lab");

  constructor(files: Readonly<Record<string, string>> = {}) {
    mkdirSync(this.root);
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  write(path: string, text: string, mode?: number): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, mode === undefined ? {} : { mode });
  }

  copySources(): void {
    cpSync(sources, join(this.root, "src"), { recursive: true });
  }

  async compile(mode: BuildMode = "build", plugins: readonly Plugin[] = []): Promise<CompileResult> {
    const { root, cacheFolder } = this;
    const options = {
      files: diskFiles(root),
      plugins,
      until: "build",
      builds: { mode, cacheFolder },
    } as const;
    return compile({ file: "topology.toml" }, options);
  }

  /** What was built, where all went well, by name and platform: `probe linux/arm64`. */
  async build(mode?: BuildMode, plugins?: readonly Plugin[]): Promise<ReadonlyMap<string, Build>> {
    const { diagnostics, binaries } = await this.compile(mode, plugins);
    expect(diagnostics).toEqual([]);
    const builds = binaries?.builds ?? [];
    return new Map(builds.map((build) => [nameOf(build), build]));
  }

  /** What a build that fails says. */
  async problems(plugins?: readonly Plugin[]): Promise<readonly string[]> {
    const { ok, diagnostics } = await this.compile("build", plugins);
    expect(ok).toBe(false);
    return diagnostics.map(({ code, message, hint }) => `${code}: ${message}; ${hint}`);
  }

  /** Makes every tool that is remembered one of another version: what is asked says the right one. */
  changeMemory(version: string): void {
    const folder = join(this.cacheFolder, "tools");
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), version }));
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A lab for one test. */
export function labOf(files: Readonly<Record<string, string>>): Lab {
  const lab = new Lab(files);
  onTestFinished(() => lab.remove());
  return lab;
}

/** A topology with one node that uses a program `probe`. */
export function topologyWith(binary: string, platform = "linux/amd64"): string {
  return `
[infrastructure.nodes.server]
cores = 2
platform = "${platform}"

[topology.nodes.r0]
binaries = ["probe"]

[binaries.probe]
${binary}
`;
}

/** `probe linux/arm64` */
export function nameOf({ binary, platform }: Build): string {
  return `${binary.name} ${platform.text}`;
}

/** Sees every program while it is there: a compilation removes its own files when it ends. */
export function readPrograms(read: (build: Build) => void): Plugin {
  return definePlugin({
    name: "reader",
    api: 1,
    setup(dune) {
      dune.on("binariesCheck", ({ builds }) => {
        for (const build of builds) read(build);
      });
    },
  });
}
