import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compile, definePlugin, printText } from "@dune/core";
import { describe, expect, test } from "vitest";
import { expectFile, filesOf, samplesIn, settingsOf } from "../samples.js";

describe("what is compiled", () => {
  test.each(samplesIn("compile/samples"))("$name", async (sample) => {
    const { localhost, private: _, ...settings } = settingsOf(sample);
    const texts: string[] = [];
    const record = definePlugin({
      name: "record",
      api: 1,
      setup: (dune) =>
        dune.on("artifacts", ({ binaries: { rendering } }) => {
          for (const { files } of [...rendering.nodes, ...rendering.phynodes]) {
            for (const { path, mode, content } of files) {
              texts.push(
                `=== ${path} ${mode.toString(8)}\n${"text" in content ? content.text : `(${content.file})\n`}`,
              );
            }
          }
          return [];
        }),
    });
    const result = await compile(
      { file: "topology.toml", ...settings },
      {
        files: filesOf(sample),
        plugins: [record],
        ...(localhost !== undefined && {
          localhost: { cores: [Array.from({ length: localhost }, (_, core) => core)] },
        }),
      },
    );
    const read = (file: string) =>
      existsSync(join(sample.folder, file)) ? readFileSync(join(sample.folder, file), "utf8") : undefined;
    mkdirSync(join(sample.folder, "expected"), { recursive: true });
    expect(result.ok, printText(result.diagnostics, { read })).toBe(true);
    expectFile(sample, "expected/diagnostics.txt", printText(result.diagnostics, { read }));
    const manifest = result.artifacts?.files.find((file) => file.path === "manifest.json");
    expectFile(sample, "expected/manifest.json", Buffer.concat(manifest?.chunks ?? []).toString());
    expectFile(sample, "expected/files.txt", texts.join(""));
  });
});
