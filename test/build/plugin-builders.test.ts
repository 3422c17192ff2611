import { type Builder, definePlugin } from "@dune/core";
import { describe, expect, test } from "vitest";
import { labOf, topologyWith } from "./lab.js";

const recipe = { commands: [{ argv: ["cp", "probe", "{{out}}"] }], needs: [] };

function odd(builder: object) {
  return definePlugin({ name: "odd", api: 1, builders: { odd: builder as Builder } });
}

const labWith = (key = "") =>
  labOf({ "topology.toml": topologyWith(`builder = "odd"\n${key}`), probe: "#!/bin/sh\n" });

describe("what a plugin's builder returns", () => {
  test.each([
    [undefined, "it returned neither a recipe nor a refusal"],
    [[recipe], "it returned neither a recipe nor a refusal"],
    [{ ...recipe, comands: [] }, 'the recipe has a field "comands", which none has'],
    [{ commands: [] }, "needs of the recipe is missing; it must be a list"],
    [
      { ...recipe, commands: [{ argv: [] }] },
      "commands[0].argv[0] of the recipe is missing; it must be text",
    ],
    [
      { ...recipe, output: "../probe" },
      'output of the recipe must be a path or a glob below source, not "../probe"',
    ],
    [{ ...recipe, sha256: "12" }, 'sha256 of the recipe must be a sha256 in hexadecimal, not "12"'],
    [
      { ...recipe, needs: [{ command: "flex", path: "flex", install: "" }] },
      'needs[0].path of the recipe must be an absolute path, not "flex"',
    ],
    [
      { ...recipe, commands: [{ argv: ["true"], isInPlace: true }] },
      "a command of the recipe runs in place, and the recipe does not tell by `reads` what it reads",
    ],
    [{ refused: "no" }, "hint of the refusal is missing; it must be text"],
  ])("is checked: %j", async (returned, wrong) => {
    const said = await labWith().problems([odd({ plan: () => returned })]);
    expect(said).toEqual([
      `plugin/broken-invariant: plugin "odd" broke the compilation in builder "odd": ${wrong}; this is a fault of the plugin, not of the topology; tell its author`,
    ]);
  });

  test("may be a promise, and what it throws is its crash", async () => {
    const builds = await labWith().build("build", [odd({ plan: async () => recipe })]);
    expect(builds.get("probe linux/amd64")?.program?.size).toBe(10);
    const crash = async () => {
      throw new Error("no idea");
    };
    expect(await labWith().problems([odd({ plan: crash })])).toEqual([
      'plugin/crash: plugin "odd" failed in builder "odd": no idea; this is a fault of the plugin, not of the topology; tell its author',
    ]);
  });

  test("globs of inputs, too", async () => {
    const said = await labWith().problems([odd({ plan: () => recipe, inputs: () => "*.c" })]);
    expect(said).toEqual([
      'plugin/broken-invariant: plugin "odd" broke the compilation in builder "odd": its `inputs` returned no list of globs; this is a fault of the plugin, not of the topology; tell its author',
    ]);
  });

  test("it cannot change what it is given", async () => {
    const plan: Builder["plan"] = ({ files }) => {
      (files as string[]).push("more");
      return recipe;
    };
    expect((await labWith().problems([odd({ plan })]))[0]).toContain('plugin "odd" failed in builder "odd"');
  });
});
