import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../packages/core/src/", import.meta.url));

/** Layers of the house, inside out: a file may import from its own layer and from those before it. */
const layers = [
  ["values", "diagnostics", "template"],
  ["phases/1-parse"],
  ["phases/2-resolve", "builders"],
  ["language-schema"],
  ["phases/3-allocate"],
  ["phases/4-render"],
  ["phases/5-build"],
  ["manifest", "phases/6-emit"],
  ["compile.ts"],
  ["testing"],
  ["operate"],
  ["cli"],
];

/** What the phases and the plugin interface share; their types name every phase's. */
const shared = [
  "context.ts",
  "exec.ts",
  "extension.ts",
  "files.ts",
  "glob-folder.ts",
  "load-plugin.ts",
  "hooks.ts",
  "plugin.ts",
  "plugins",
  "version.ts",
];

const isShared = (file: string) => shared.some((name) => file === name || file.startsWith(`${name}/`));

const onlyUnder: Record<string, string> = { tapable: "hooks.ts", commander: "cli", picocolors: "cli" };

interface Import {
  readonly file: string;
  readonly target: string;
  readonly isType: boolean;
}

function imports(): readonly Import[] {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  return files.flatMap((file) => {
    const source = readFileSync(join(root, file), "utf8");
    return [...source.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+"([^"]+)"/gms)].map(
      ([, type, specifier = ""]) => ({
        file,
        target: specifier.startsWith(".")
          ? relative(root, join(root, dirname(file), specifier)).replace(/\.js$/, ".ts")
          : specifier,
        isType: type !== undefined,
      }),
    );
  });
}

function layerOf(file: string): number {
  return layers.findIndex((names) => names.some((name) => file === name || file.startsWith(`${name}/`)));
}

describe("the house", () => {
  const all = imports();

  test("is read as a whole", () => {
    expect(all.length).toBeGreaterThan(100);
    const homeless = [...new Set(all.map(({ file }) => file))].filter(
      (file) => layerOf(file) < 0 && !isShared(file) && file !== "index.ts",
    );
    expect(homeless).toEqual([]);
  });

  test("imports go one way", () => {
    const upward = all.filter(({ file, target, isType }) => {
      const from = layerOf(file);
      const to = layerOf(target);
      if (from >= 0 && to >= 0) return to > from;
      // The shared files may name the phases' types, and parse's own helpers; nothing else that runs.
      return isShared(file) && to > layerOf("phases/1-parse/x.ts") && !isType;
    });
    expect(upward.map(({ file, target }) => `${file} → ${target}`)).toEqual([]);
  });

  test("a library is imported where it belongs only", () => {
    const strays = all.filter(({ file, target }) => {
      const home = Object.hasOwn(onlyUnder, target) ? onlyUnder[target] : undefined;
      return home !== undefined && file !== home && !file.startsWith(`${home}/`);
    });
    expect(strays.map(({ file, target }) => `${file} → ${target}`)).toEqual([]);
  });

  test("only the command exits or prints", () => {
    const strays = [...new Set(all.map(({ file }) => file))].filter(
      (file) =>
        !file.startsWith("cli/") &&
        /process\.exit\(|console\.|process\.std(out|err)/.test(readFileSync(join(root, file), "utf8")),
    );
    expect(strays).toEqual([]);
  });
});
