import { chmodSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { dune, newFolder } from "./run-dune.js";

const twoServers = `
[infrastructure.nodes.server1]
cores = 4
binds = [{ src = "motd", dst = "/etc/motd" }]
[infrastructure.nodes.server2]
cores = 4
[topology.nodes.r0]
phynode = "server1"
templates = { "key.eta" = "{{dir}}/key" }
[topology.nodes.r1]
phynode = "server2"
templates = { "open.eta" = "{{dir}}/open" }
`;

/** A lab whose files have these modes, whatever the umask of this process is. */
function newLab(modes: Readonly<Record<string, number>> = {}): string {
  const texts = { "lab.toml": twoServers, motd: "hello\n", "key.eta": "key\n", "open.eta": "open\n" };
  const folder = newFolder(texts);
  for (const name of Object.keys(texts)) chmodSync(join(folder, name), modes[name] ?? 0o644);
  return folder;
}

function build(folder: string, umask: string, ...options: readonly string[]) {
  return dune(folder, ["build", "lab.toml", ...options], {}, [
    "sh",
    "-c",
    `umask ${umask} && exec "$@"`,
    "sh",
  ]);
}

/** Permission bits of every file that a build has written, the lock too. */
function modesOf(folder: string): Record<string, string> {
  const dist = readdirSync(join(folder, "dist"), { recursive: true, encoding: "utf8" });
  const names = [...dist.map((name) => `dist/${name}`), "lab.lock.json"];
  const facts = names.map((name) => ({ name, stat: statSync(join(folder, name)) }));
  const files = facts.filter(({ stat }) => stat.isFile());
  return Object.fromEntries(files.map(({ name, stat }) => [name, (stat.mode & 0o777).toString(8)]));
}

const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, "dist/manifest.json"), "utf8"));

describe("what a build writes", () => {
  test("is readable by others where all sources are", async () => {
    const folder = newLab();
    expect((await build(folder, "022")).stderr).toBe("");
    expect(modesOf(folder)).toEqual({
      "dist/manifest.json": "644",
      "dist/server1.run": "755",
      "dist/server2.run": "755",
      "lab.lock.json": "644",
    });
  });

  test("is not, with a umask that forbids it", async () => {
    const folder = newLab();
    expect((await build(folder, "077")).stderr).toBe("");
    expect(modesOf(folder)).toEqual({
      "dist/manifest.json": "600",
      "dist/server1.run": "700",
      "dist/server2.run": "700",
      "lab.lock.json": "600",
    });
  });

  test("is the same whatever the umask is", async () => {
    const [one, other] = [newLab(), newLab()];
    await build(one, "022");
    await build(other, "077");
    for (const name of Object.keys(modesOf(one)))
      expect(readFileSync(join(one, name)).equals(readFileSync(join(other, name))), name).toBe(true);
  });

  test("hides the bundle with the content of a source that others may not read, and tells of its mode", async () => {
    const folder = newLab({ "key.eta": 0o640 });
    const { stderr } = await build(folder, "022");
    expect(stderr).toContain("warning[render/private-source]: key.eta is not readable by others");
    expect(modesOf(folder)).toEqual({
      "dist/manifest.json": "644",
      "dist/server1.run": "700",
      "dist/server2.run": "755",
      "lab.lock.json": "644",
    });
    const [r0, r1] = manifestOf(folder).nodes;
    expect([r0.files[0].mode, r1.files[0].mode]).toEqual(["600", "644"]);
  });

  test("hides the content alone with --format dir", async () => {
    const folder = newLab({ motd: 0o600 });
    await build(folder, "022", "--format", "dir");
    const modes = modesOf(folder);
    const motd = manifestOf(folder).phynodes[0].files[0];
    expect(motd.mode).toBe("600");
    const hidden = Object.keys(modes).filter((name) => !["644", "755"].includes(modes[name] ?? ""));
    expect(hidden).toEqual([`dist/server1/payload/content/${motd.sha256}`]);
    expect(modes[hidden[0] ?? ""]).toBe("600");
    expect(modes["dist/server1/run.sh"]).toBe("755");
  });

  test.each(["run", "dir"])(
    "hides everything of a topology that others may not read (--format %s)",
    async (format) => {
      const folder = newLab({ "lab.toml": 0o600 });
      await build(folder, "022", "--format", format);
      const modes = Object.entries(modesOf(folder));
      expect(modes.length).toBeGreaterThan(3);
      for (const [name, mode] of modes) expect(mode, name).toBe(/\.(run|sh)$/.test(name) ? "700" : "600");
      const [r0] = manifestOf(folder).nodes;
      expect(r0.files[0].mode).toBe("600");
      // A carried file has nothing of the topology in it.
      expect(manifestOf(folder).phynodes[0].files[0].mode).toBe("644");
    },
  );

  test("has the right mode where it replaces an earlier build", async () => {
    const folder = newLab();
    await build(folder, "022");
    chmodSync(join(folder, "key.eta"), 0o600);
    await build(folder, "022", "--update-lock");
    expect(modesOf(folder)["dist/server1.run"]).toBe("700");
    chmodSync(join(folder, "key.eta"), 0o644);
    chmodSync(join(folder, "dist/server2.run"), 0o777);
    await build(folder, "022");
    expect(modesOf(folder)).toMatchObject({ "dist/server1.run": "755", "dist/server2.run": "755" });
  });

  test("holds its payload for its owner alone", async () => {
    const folder = newLab();
    await build(folder, "022");
    const unpack =
      'n=$(sed -n "s/^DUNE_PAYLOAD_OFFSET=//p" "$1" | head -n 1) && tail -c "+$((1$n - 9999999999))" "$1" | gzip -dc';
    const { stdout } = await execa("sh", [
      "-c",
      `${unpack} | tar -tvf -`,
      "sh",
      join(folder, "dist/server1.run"),
    ]);
    const modes = stdout.split("\n").map((line) => line.slice(0, 10));
    expect(modes.length).toBeGreaterThan(15);
    expect(new Set(modes)).toEqual(new Set(["-rw-------"]));
  });
});
