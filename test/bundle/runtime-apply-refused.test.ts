import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { node, sha256, writeBundle } from "./payload.js";
import { dump, isRoot, type Phynode, startPhynode } from "./phynode.js";
import { process, smallLab } from "./small-lab.js";

const journal = "/var/lib/dune/small/journal";
const first = "first\n";

describe.skipIf(!isRoot)("apply refuses, says what to do, and touches nothing", () => {
  let server: Phynode;
  let up: string;
  let next: string;

  beforeAll(() => {
    server = startPhynode();
    const lab = smallLab(process("idle", "exec sleep 1000"));
    up = writeBundle(server.folder, lab);
    server.run(`cp ${up} ${server.folder}/up.run`);
    up = `${server.folder}/up.run`;
    next = writeBundle(server.folder, {
      ...lab,
      keys: { version: "next" },
      tables: [
        ...lab.tables,
        node("r2"),
        { files: [["/srv/first.conf", 644, "r2", sha256(first), "-"]] },
        process("more", "exec sleep 1001"),
      ],
      contents: [first],
    });
    expect(server.run(`sh ${up} up`)).toMatchObject({ code: 0 });
  });
  afterAll(() => server?.stop());

  /** The machine's lock stays until the last lab goes. */
  const all = (): string => dump(server).replace(/\n.*\.machine\.lock.*/g, "");

  /** Runs it with the lab as `before` leaves it, and takes that back by `after`. */
  function refused(before: string, after: string, command = `sh ${next} apply`): readonly [number, string] {
    expect(server.run(before)).toMatchObject({ code: 0 });
    const was = all();
    const { code, stdout, stderr } = server.run(command);
    expect(stdout).toBe("");
    expect(all()).toBe(was);
    expect(server.run(after)).toMatchObject({ code: 0 });
    return [code, stderr.replaceAll(server.folder, "")];
  }

  const edited = (edit: string): readonly [string, string] => [
    `cp ${journal} /srv/kept && ${edit}`,
    `cp /srv/kept ${journal} && rm /srv/kept`,
  ];

  test.each([
    ["is empty", `: >${journal}`, "is damaged: it does not say whose it is"],
    ["has lost its beginning", `sed -i 1d ${journal}`, "is damaged: it does not say whose it is"],
    [
      "has lost all but its beginning",
      `head -n 3 /srv/kept >${journal}`,
      "is damaged: it does not say whose it is",
    ],
    ["has lost its end", `head -n 8 /srv/kept >${journal}`, "is half up"],
    [
      "ends within a line",
      `{ head -n 8 /srv/kept; printf 'netns\\tr1'; } >${journal}`,
      "is damaged: its end is cut off",
    ],
    [
      "is of a version to come",
      `sed -i 's/^format\\t3/format\\t9/' ${journal}`,
      "has format '9', this runtime knows 2 and 3",
    ],
    [
      "is of a version before",
      `sed -i 's/^format\\t3/format\\t2/' ${journal}`,
      "an older version of dune brought lab small up",
    ],
    [
      "is of another phynode",
      `sed -i 's/^phynode\\tserver1/phynode\\tserver2/' ${journal}`,
      "this server carries phynode server2",
    ],
    [
      "is from before a restart",
      `sed -i 's/^boot\\t[^\\t]*/boot\\tother/' ${journal}`,
      "the server was restarted",
    ],
    [
      "says that a start was interrupted",
      `printf 'processes\\tstarting\\t.\\n' >>${journal}`,
      "was interrupted",
    ],
  ])("a journal that %s", (_, edit, words) => {
    const [code, said] = refused(...edited(edit));
    expect([1, 2]).toContain(code);
    expect(said).toContain(words);
    expect(said).toMatch(/\n {2}hint: /);
  });

  test("a lab that is not up: it offers up, and names those that are", () => {
    const other = writeBundle(server.folder, { lab: "other", phynode: "server3", tables: [node("z0")] });
    const [code, said] = refused(":", ":", `sh ${other} apply`);
    expect(code).toBe(1);
    expect(said).toBe(
      `dune: server3: lab other is not up here; up are: small\n  hint: bring it up: sh /server3.run up\n`,
    );
  });

  test("a bundle that is altered, an option that is none, a caller inside a node", () => {
    expect(
      refused(`sed '$s/./x/' ${next} >/srv/altered`, "rm /srv/altered", "sh /srv/altered apply"),
    ).toEqual([2, expect.stringContaining("truncated or altered")]);
    expect(refused(":", ":", `sh ${next} apply --now`)).toEqual([
      1,
      expect.stringContaining("apply knows no '--now'"),
    ]);
    expect(refused(":", ":", `ip netns exec r0 sh ${next} apply`)).toEqual([
      2,
      expect.stringContaining("from inside a node"),
    ]);
  });

  test("what is new and exists already, all of it at once; --force replaces the file", () => {
    const [code, said] = refused("ip netns add r2; echo theirs >/srv/first.conf", ":");
    expect(code).toBe(2);
    expect(said).toContain("2 problems:");
    expect(said).toContain("network namespace r2 (node r2) exists already");
    expect(said).toContain("file /srv/first.conf exists already");
    expect(server.run(`ip netns del r2; sh ${next} apply --force`)).toMatchObject({ code: 0 });
    expect(server.run("cat /srv/first.conf").stdout).toBe(first);
    expect(server.run(`sh ${up} apply; cat /srv/first.conf`).stdout).toBe("theirs\n");
    // The keeper of what had been started in between sees that it is gone a second later.
    server.run("rm /srv/first.conf; while pgrep -f '[k]eeper .*/next/' >/dev/null; do sleep 0.1; done");
  });

  test.each([
    ["replaced", "ip netns add r0", "was deleted and made anew, and not by this lab", 2],
    ["gone", ":", "network namespace r0 is gone: somebody has deleted it", 0],
  ])(
    "a node that stays, but whose namespace is %s; what it was is made good by its own version",
    (_, by, words, code) => {
      const [refusal, said] = refused(`ip netns del r0; ${by}`, ":");
      expect(refusal).toBe(2);
      expect(said).toContain(words);
      expect(said).toMatch(/hint: .*apply the bundle of the version that is up/);
      const own = server.run(`sh ${up} apply`);
      expect(own.code).toBe(code);
      expect(own.stderr).not.toContain("delete 0 namespaces");
      if (code !== 0) {
        expect(own.stderr).toContain("network namespace r0 was deleted and made anew");
        expect(server.run("ip -n r0 -o addr show").stdout).toBe("");
        server.run("ip netns del r0");
        expect(server.run(`sh ${up} apply`)).toMatchObject({ code: 0 });
      } else expect(own.stderr).toMatch(/: 1 node made, 1 link made/);
      expect(server.run(`sh ${up} status`)).toMatchObject({ code: 0 });
      // The keeper of the process that was stopped sees it a second later.
      server.run("while [ $(pgrep -fc '[k]eeper ') -gt 1 ]; do sleep 0.1; done");
    },
  );

  test("the dry run touches nothing, and says the steps that apply takes", () => {
    const was = all();
    const { code, stdout, stderr } = server.run(`sh ${next} apply --dry-run`);
    expect(code).toBe(0);
    expect(all()).toBe(was);
    expect(stdout).toContain("ip netns add r2\n");
    expect(stdout).toContain("file /srv/first.conf, mode 644\n");
    expect(stdout).toMatch(/start process r0\/more/);
    expect(stderr).toMatch(/would change: 1 node made, 1 file written, 1 process started/);
  });
});
