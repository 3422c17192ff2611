import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, pluginLoader, printText } from "@dune/core";
import { describe, expect, test } from "vitest";
import { codes } from "../../packages/core/dist/diagnostics/codes.js";
import { expectFile, filesOf, samplesIn, settingsOf } from "../samples.js";

const pages = fileURLToPath(new URL("../../packages/core/src/diagnostics/codes/", import.meta.url));
/** No file to sample, seen only by a program that has nothing else to do, or made of real programs: see test/cli, test/unit. */
const elsewhere = ["parse/missing-topology", "plugin/never-settles", "build/not-a-program"];

const samples = samplesIn("errors/samples");

describe("each error at its place, with what to do", () => {
  test.each(samples)("$name", async (sample) => {
    const { localhost, private: _, builds, ...settings } = settingsOf(sample);
    const result = await compile(
      { file: "topology.toml", ...settings },
      {
        files: filesOf(sample),
        resolvePlugin: pluginLoader(sample.folder),
        until: "build",
        ...(builds && { builds: { mode: builds } }),
        ...(settings.previous !== undefined && { previous: settings.previous }),
        ...(localhost !== undefined && {
          localhost: { cores: [Array.from({ length: localhost }, (_, core) => core)] },
        }),
      },
    );
    const read = (file: string) => {
      const path = join(sample.folder, file);
      return existsSync(path) ? readFileSync(path, "utf8") : undefined;
    };
    // The sample is named for the code that it shows: it must be there, and nothing unexpected beside it.
    const code = sample.name.split("/").slice(0, 2).join("/");
    expect(result.diagnostics.map((each) => each.code)).toContain(code);
    expectFile(sample, "expected.txt", printText(result.diagnostics, { read }));
  });
});

describe("every code", () => {
  const sampled = new Set(samples.map(({ name }) => name.split("/").slice(0, 2).join("/")));

  test("has a sample", () => {
    const missing = Object.keys(codes).filter((code) => !sampled.has(code) && !elsewhere.includes(code));
    expect(missing).toEqual([]);
  });

  test("has a page, and every page a code", () => {
    const written = readdirSync(pages, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => name.slice(0, -".md".length));
    expect(written.sort()).toEqual(Object.keys(codes).sort());
  });
});
