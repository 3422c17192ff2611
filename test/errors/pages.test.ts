import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, memoryFiles } from "@dune/core";
import { describe, expect, test } from "vitest";

const folder = fileURLToPath(new URL("../../packages/core/src/diagnostics/codes/", import.meta.url));
const template = "router id 10.0.0.1;\n";
/** What the pages' topologies name; in memory no path is a folder. */
const beside = {
  "bird.conf.eta": template,
  "templates/bird.conf.eta": template,
  "build/probe": "#!/bin/sh\n",
};
/** Shown by a plugin, a lock, a folder on the disk, the modes there or a build: see the samples, test/plugins and test/unit. */
const needsMore = [
  "resolve/near-plugin-key",
  "allocate/moved",
  "render/not-a-file",
  "render/private-source",
  "build/no-inputs",
  "build/bad-input",
  "build/missing-tool",
  "build/cannot-build",
  "build/not-a-program",
  "build/wrong-machine",
];

const pages = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".md"))
  .sort()
  .map((name) => {
    const text = readFileSync(join(folder, name), "utf8");
    const [wrong, right] = [...text.matchAll(/```toml\n(.*?)```/gs)].map(([, snippet]) => snippet);
    return { code: name.slice(0, -".md".length), text, wrong, right };
  });

async function codesOf(code: string, topology: string): Promise<readonly string[]> {
  // The machine at hand has few cores, and a program that gives none is what no-phynode is about.
  const localhost = code === "resolve/no-phynode" ? {} : { localhost: { cores: [[0, 1, 2, 3]] } };
  const files = memoryFiles({ ...beside, "topology.toml": topology });
  const isBuilt = code.startsWith("build/");
  const { diagnostics } = await compile(
    { file: "topology.toml" },
    {
      files,
      until: isBuilt ? "build" : "render",
      ...(code === "build/not-reproducible" && { builds: { mode: "build twice" } }),
      ...localhost,
    },
  );
  return diagnostics.map((each) => each.code);
}

describe("each code's page", () => {
  test.each(pages)("$code is laid out like the others", ({ code, text }) => {
    const parts = [
      "\n**What happened.** ",
      "\n**Why it is an? ",
      "\n**What to do.** ",
      "\nWrong:\n",
      "\nRight:\n",
    ];
    expect(text).toMatch(
      new RegExp(`^# ${code}\n${parts.map((part) => part.replace(/[*.]/g, "\\$&")).join("[^]*")}`),
    );
  });

  test.each(pages.filter(({ code, wrong }) => wrong !== undefined && !needsMore.includes(code)))(
    "$code shows the mistake, and how it is done",
    async ({ code, wrong = "", right = "" }) => {
      expect([...new Set(await codesOf(code, wrong))]).toEqual([code]);
      expect(await codesOf(code, right)).toEqual([]);
    },
  );
});
