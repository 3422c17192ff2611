import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { node, sha256, type Tables, text, writeBundle } from "./payload.js";
import { dump, isRoot, type Outcome, type Phynode, startPhynode } from "./phynode.js";
import { process, smallLab } from "./small-lab.js";

/** Several commands at the same moment. */
describe.skipIf(!isRoot)("at the same moment", () => {
  let server: Phynode;
  let before: string;
  beforeAll(() => {
    server = startPhynode();
    before = dump(server);
  });
  afterAll(() => server.stop());
  afterEach(() => {
    server.run(`for bundle in ${server.folder}/*.run; do sh $bundle down --purge; done`);
    expect(dump(server)).toBe(before);
  });

  /** Starts all of the commands at once, and gives what each has ended with and said. */
  function together(...commands: readonly string[]): Outcome[] {
    const each = commands.map((words, i) => {
      const said = `${server.folder}/said${i}`;
      return `{ sh ${words} >${said} 2>&1; echo $? >${said}.code; } &`;
    });
    server.run(`${each.join("\n")}\nwait`);
    return commands.map((_, i) => {
      const stderr = server.run(`cat ${server.folder}/said${i}`).stdout;
      const code = Number(server.run(`cat ${server.folder}/said${i}.code`).stdout);
      return { code, stdout: "", stderr };
    });
  }

  const lab = smallLab(process("idle", "exec sleep 1000"), process("daemon", text("setsid sleep 1001 &")));

  test("a lab is brought up twice: one does it, the other waits and says that it is up", () => {
    const bundle = writeBundle(server.folder, lab);
    const both = together(`${bundle} up`, `${bundle} up`).sort((a, b) => a.code - b.code);
    expect(both.map(({ code }) => code)).toEqual([0, 1]);
    expect(both[0]?.stderr).toContain("up: 2 nodes, 1 link, 2 processes");
    expect(both[1]?.stderr).toContain("waiting for another command of lab small");
    expect(both[1]?.stderr).toContain("lab small is already up");
    expect(server.run(`sh ${bundle} status`).code).toBe(0);
  });

  test("up while down runs waits for it, and then brings the lab up", () => {
    const bundle = writeBundle(server.folder, lab);
    server.run(`sh ${bundle} up`);
    server.run(`sh ${bundle} down & sleep 0.1; sh ${bundle} up >${server.folder}/said 2>&1; wait`);
    const said = server.run(`cat ${server.folder}/said`).stdout;
    expect(said).toContain("waiting for another command of lab small");
    expect(said).toContain("up: 2 nodes");
    expect(server.run(`sh ${bundle} status`).code).toBe(0);
  });

  test("start while stop runs waits for it, and then starts the processes", () => {
    const bundle = writeBundle(server.folder, lab);
    server.run(`sh ${bundle} up`);
    const started = server.run(
      `sh ${bundle} stop & sleep 0.1; sh ${bundle} start; code=$?; wait; exit $code`,
    );
    expect(started).toMatchObject({ code: 0, stderr: expect.stringContaining("started: 2 processes") });
    expect(server.run(`sh ${bundle} status`).code).toBe(0);
    expect(server.run("pgrep -x -f 'sleep 100[01]' | wc -l").stdout.trim()).toBe("2");
  });

  test("four times up, down, start and stop at once: nothing breaks, and down leaves nothing", () => {
    const bundle = writeBundle(server.folder, lab);
    const words = ["up", "down", "start", "stop"].map((command) => `${bundle} ${command}`);
    for (const { code, stderr } of together(...words, ...words)) {
      expect([0, 1]).toContain(code);
      expect(stderr).not.toMatch(/not found|No such|error|cannot/);
    }
  });

  const wants = (name: string, tables: Tables): string =>
    writeBundle(server.folder, { lab: name, phynode: name, tables: [tables], contents: ["x"] });

  test.each([
    ["network namespace", node("same")],
    ["file", { files: [["/srv/in/same", 644, "-", sha256("x"), "-"]] }],
    ["sysctl", { sysctls: [["-", 1, "0001", "net/ipv4/ip_default_ttl", 77]] }],
  ] as readonly (readonly [string, Tables])[])("two labs want the same %s: one gets it", (what, tables) => {
    for (let round = 0; round < 4; round++) {
      const bundles = ["one", "two", "three"].map((name) => wants(name, tables));
      const all = together(...bundles.map((bundle) => `${bundle} up`));
      expect(all.map(({ code }) => code).sort()).toEqual([0, 2, 2]);
      for (const { code, stderr } of all)
        expect(stderr).toMatch(
          code === 0 ? /: up: / : new RegExp(`${what} .* (exists already|belongs to lab)`),
        );
      expect(server.run("ls /var/lib/dune").stdout.trim().split("\n")).toHaveLength(1);
      for (const { code } of together(...bundles.map((bundle) => `${bundle} down --purge`)))
        expect(code).toBe(0);
      expect(dump(server)).toBe(before);
    }
  });
});
