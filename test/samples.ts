import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildMode, diskFiles, type Files } from "@dune/core";
import { expect } from "vitest";

/** A folder of samples below `test/`, each a folder with a `topology.toml`. */
export interface Sample {
  readonly name: string;
  readonly folder: string;
}

export function samplesIn(path: string): readonly Sample[] {
  const root = fileURLToPath(new URL(`./${path}/`, import.meta.url));
  const found = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith("/topology.toml"),
  );
  return found.sort().map((name) => {
    const folder = join(root, name, "..");
    return { name: name.slice(0, -"/topology.toml".length), folder };
  });
}

/** Compares with the expected file of a sample; `DUNE_UPDATE=1` writes it instead, to be read and committed. */
export function expectFile(sample: Sample, name: string, actual: string): void {
  const path = join(sample.folder, name);
  if (process.env.DUNE_UPDATE === "1") writeFileSync(path, actual);
  expect(actual).toBe(existsSync(path) ? readFileSync(path, "utf8") : undefined);
}

/** Settings of a sample beside its topology: `--set` values, whether this machine is given, how programs are built, files that others may not read. */
export function settingsOf(sample: Sample): {
  set?: readonly string[];
  previous?: string;
  localhost?: number;
  private?: readonly string[];
  builds?: BuildMode;
} {
  const path = join(sample.folder, "settings.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}

/** A sample's files as they are in version control, which keeps no modes: private are those that its settings list. */
export function filesOf(sample: Sample): Files {
  const disk = diskFiles(sample.folder);
  const hidden = settingsOf(sample).private ?? [];
  return {
    ...disk,
    async stat(path) {
      const facts = await disk.stat(path);
      return facts && { ...facts, isPrivate: hidden.includes(path) };
    },
  };
}
