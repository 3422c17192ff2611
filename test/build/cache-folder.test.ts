import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isRoot } from "../bundle/phynode.js";
import { main } from "../cli/run-dune.js";
import { type BuildLab, namesIn, newLab, script } from "./build-lab.js";

const nobody = 65534;
const days = 24 * 3600 * 1000;

async function labWithProgram(): Promise<BuildLab> {
  const lab = await newLab();
  await lab.declare({ probe: script("true") });
  return lab;
}

function chownAll(folder: string, uid: number): void {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path));
  for (const path of [folder, ...paths]) chownSync(path, uid, uid);
}

/** A folder in the place of a dead dune's work. */
function leaveWork({ cache }: BuildLab): string {
  const left = join(cache, "work", "1-2-3-abc-old");
  mkdirSync(join(left, "inner"), { recursive: true });
  writeFileSync(join(left, "inner", "file"), "");
  const old = new Date(Date.now() - 3 * days);
  utimesSync(left, old, old);
  return left;
}

describe("the cache's folder", () => {
  test("is not taken where others can write to it", async () => {
    const lab = await labWithProgram();
    mkdirSync(lab.cache, { recursive: true });
    chmodSync(lab.cache, 0o777);
    const { code, stderr } = await lab.start().end;
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`chmod go-w ${lab.cache}`) });
    expect(stderr).toContain(`other users can write to the folder ${lab.cache}, where programs are kept`);
    expect(namesIn(lab.cache)).toEqual([]);
  });

  test("is not taken where compilers would not find their way", async () => {
    const lab = await labWithProgram();
    const { code, stderr } = await lab.start(undefined, { XDG_CACHE_HOME: join(lab.folder, "a b") }).end;
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("a path with a blank") });
    expect(stderr).toContain("name another folder in XDG_CACHE_HOME");
    expect(existsSync(join(lab.folder, "a b"))).toBe(false);
  });

  test.runIf(isRoot)("is not taken where it is another user's", async () => {
    const lab = await labWithProgram();
    mkdirSync(lab.cache, { recursive: true, mode: 0o700 });
    chownSync(lab.cache, nobody, nobody);
    for (const words of [
      ["build", "."],
      ["cache", "prune"],
    ]) {
      const { code, stderr } = await lab.start(words).end;
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining("belongs to another user"),
      });
    }
  });

  test.runIf(isRoot)("is root's own, whosever HOME root has got", async () => {
    const { folder } = await newLab();
    chownSync(folder, nobody, nobody);
    const env = { PATH: process.env.PATH, HOME: folder };
    const { stdout } = spawnSync("node", [main, "cache", "list", "--json"], { env, encoding: "utf8" });
    expect(JSON.parse(stdout)).toMatchObject({ folder: join(userInfo().homedir, ".cache/dune") });
  });

  test.runIf(isRoot)("serves its user, whatever root has left in it", async () => {
    const lab = await labWithProgram();
    mkdirSync(lab.cache, { recursive: true, mode: 0o700 });
    chownAll(lab.folder, nobody);
    const left = leaveWork(lab);
    chownSync(join(lab.cache, "work"), nobody, nobody);
    const ids = [`--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"];
    const { status, stderr } = spawnSync("setpriv", [...ids, process.execPath, main, "build", "."], {
      cwd: lab.folder,
      env: { PATH: process.env.PATH, HOME: lab.folder, XDG_CACHE_HOME: join(lab.folder, "xdg") },
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(existsSync(left)).toBe(true);
  });

  test("is the same after a look as before", async () => {
    const lab = await labWithProgram();
    const lookUp = async () => {
      const { diagnostics, binaries } = await lab.build({ builds: { mode: "look up" }, until: "build" });
      expect(diagnostics).toEqual([]);
      return binaries?.builds[0]?.program !== undefined;
    };
    expect(await lookUp()).toBe(false);
    expect(existsSync(join(lab.folder, "xdg"))).toBe(false);
    await lab.build();
    leaveWork(lab);
    const all = () =>
      readdirSync(lab.cache, { recursive: true, encoding: "utf8" })
        .sort()
        .map((path) => ({ path, changed: lstatSync(join(lab.cache, path)).ctimeMs }));
    const before = all();
    expect(await lookUp()).toBe(true);
    // With another tool, which nobody remembers, and another program.
    await lab.declare({ probe: `${script("true")}; cat word` }, 'tools = ["cat"]');
    expect(await lookUp()).toBe(false);
    expect(all()).toEqual(before);
  });
});
