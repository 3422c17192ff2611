import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readRuntime } from "../../packages/core/dist/phases/6-emit/bundle.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const has = (tool: string) => spawnSync("sh", ["-c", `command -v ${tool}`]).status === 0;

/** Every shell script of the repository by its first line; the runtime's parts are checked as the one script that they become. */
function scripts(): readonly string[] {
  const tracked = spawnSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).stdout.split("\0");
  const texts = tracked.filter((name) => name !== "" && !name.startsWith("test/errors/"));
  return texts.filter((name) =>
    /^#!.*\b(sh|bash)\n/.test(readFileSync(`${root}/${name}`, "latin1").slice(0, 80)),
  );
}

test.runIf(has("shellcheck") && has("git"))("shellcheck has nothing to say about any script", () => {
  const found = scripts();
  expect(found).toEqual(
    expect.arrayContaining([
      "dune",
      "test/run.sh",
      "test/vm/bed.sh",
      ".ci/run",
      "examples/ospf/converge.sh",
      "examples/plugin/converge.sh",
    ]),
  );
  const checked = spawnSync("shellcheck", found, { cwd: root, encoding: "utf8" });
  expect(checked.stdout).toBe("");
  const emitted = spawnSync("shellcheck", ["-s", "sh", "-"], { input: readRuntime(), encoding: "utf8" });
  expect(emitted.stdout).toBe("");
});
