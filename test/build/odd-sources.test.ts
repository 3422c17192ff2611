import { describe, expect, test } from "vitest";
import { esbuild } from "../../packages/core/dist/builders/esbuild.js";
import { labOf, topologyWith } from "./lab.js";

describe("a build", () => {
  test("of C whose files are called like options", async () => {
    const files = {
      "p.c": "int x(void), y(void);\nint main(void) { return x() + y(); }\n",
      "-x.c": "int x(void) { return 1; }\n",
    };
    const lab = labOf({
      ...files,
      "@y.c": "int y(void) { return 2; }\n",
      "topology.toml": topologyWith('builder = "cc"'),
    });
    const isFresh = async () => (await lab.build()).get("probe linux/amd64")?.isFresh;
    expect([await isFresh(), await isFresh()]).toEqual([true, false]);
    lab.write("-x.c", "int x(void) { return 3; }\n");
    expect(await isFresh()).toBe(true);
  });

  test("whose command Linux does not take is refused in a sentence", async () => {
    const command = `command = "echo ${"a".repeat(140_000)} > {{out}}"`;
    const lab = labOf({ "topology.toml": topologyWith(`builder = "command"\n${command}`), a: "" });
    const [problem = "", ...more] = await lab.problems();
    expect(more).toEqual([]);
    expect(problem).toMatch(
      /^build\/failed: binary "probe" cannot be built for linux\/amd64: a command is longer than Linux takes, which is 128 KiB for one argument; put a part of it into a file among the inputs; the command is: echo a{115} …; all that it said is in /,
    );
  });

  test("of TypeScript counts the program esbuild, not what npm starts it by", () => {
    const binary = { name: "p", source: ".", options: {} };
    const recipe = esbuild.plan({ binary, files: ["p.ts"] } as never, undefined);
    expect(recipe).toMatchObject({
      needs: [{ command: "esbuild", path: expect.stringMatching(/\/@esbuild\/[^/]+\/bin\/esbuild$/) }],
    });
  });
});
