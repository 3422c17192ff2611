import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { execa } from "execa";
import { describe, expect, onTestFinished, test } from "vitest";
import { dune, labToml, main, newFolder } from "./run-dune.js";

const isRoot = process.getuid?.() === 0;
const read = (...path: string[]) => readFileSync(join(...path), "utf8");

describe("build", () => {
  test("writes a bundle for each phynode, the manifest and the lock, and says what is next", async () => {
    const folder = newFolder({ "lab.toml": labToml });
    const { exitCode, stdout, stderr } = await dune(folder, ["build", "lab.toml"]);
    expect(stderr).toBe("");
    expect(stdout.replace(/\d+ kB/g, "000 kB")).toBe(
      `built lab: 3 nodes, 2 links on 2 phynodes

  phynode  nodes  links            cores   bundle              size
  server1      2  1 veth, 1 vxlan  2 of 3  dist/server1.run  000 kB
  server2      1  1 vxlan          0 of 3  dist/server2.run  000 kB

  1 link between phynodes: no rate declared
  wrote lab.lock.json, which keeps this placement for the next builds

next:
  scp dist/server1.run root@server1: && ssh root@server1 ./server1.run up
  scp dist/server2.run root@server2: && ssh root@server2 ./server2.run up`,
    );
    expect(exitCode).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(["dist", "lab.lock.json", "lab.toml"]);
    expect(readdirSync(join(folder, "dist")).sort()).toEqual(["manifest.json", "server1.run", "server2.run"]);
    expect(statSync(join(folder, "dist/server1.run")).mode & 0o111).not.toBe(0);
  });

  test("takes a folder, from anywhere, and names paths as seen from there", async () => {
    const folder = newFolder();
    mkdirSync(join(folder, "lab"));
    writeFileSync(join(folder, "lab/topology.toml"), labToml);
    const { exitCode, stdout } = await dune(folder, ["build", "lab", "--out", "made/here"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("scp made/here/server1.run");
    expect(existsSync(join(folder, "lab/topology.lock.json"))).toBe(true);
    expect(existsSync(join(folder, "lab/dist"))).toBe(false);
  });

  test("writes folders with --format dir", async () => {
    const folder = newFolder({ "lab.toml": labToml });
    const { stdout } = await dune(folder, ["build", "lab.toml", "--format", "dir"]);
    expect(stdout).toContain("scp -r dist/server1 root@server1: && ssh root@server1 ./server1/run.sh up");
    expect(existsSync(join(folder, "dist/server1/payload/nodes"))).toBe(true);
    // And the next format replaces it as a whole.
    expect((await dune(folder, ["build", "lab.toml"])).exitCode).toBe(0);
    expect(readdirSync(join(folder, "dist")).sort()).toEqual(["manifest.json", "server1.run", "server2.run"]);
  });

  test("--json prints one document", async () => {
    const folder = newFolder({ "lab.toml": labToml });
    const { exitCode, stdout, stderr } = await dune(folder, ["build", "lab.toml", "--json"]);
    const json = JSON.parse(stdout);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(json).toMatchObject({
      ok: true,
      lab: "lab",
      out: "dist",
      manifest: "dist/manifest.json",
      diagnostics: [],
    });
    expect(json.lock).toEqual({ path: "lab.lock.json", written: true, changes: [] });
    for (const { path, sha256, size } of json.bundles) {
      const bytes = readFileSync(join(folder, path));
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
      expect(bytes.length).toBe(size);
    }
  });

  test("prints next steps for the declared ssh target, quoted for a shell", async () => {
    const toml = labToml.replace('address = "192.0.2.1"', 'address = "192.0.2.1"\nssh = "admin@lab server"');
    const { stdout } = await dune(newFolder({ "lab.toml": toml }), ["build", "lab.toml"]);
    expect(stdout).toContain(
      "scp dist/server1.run 'admin@lab server:' && ssh 'admin@lab server' ./server1.run up",
    );
  });

  test("says that a lab without an infrastructure runs here", async () => {
    const folder = newFolder({ "lab.toml": "[topology.nodes.a]\n" });
    const { exitCode, stdout } = await dune(folder, ["build", "lab.toml"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/no infrastructure is declared: the lab runs on this machine, cores? \d/);
    expect(stdout).toContain("sudo dist/localhost.run up");
  });
});

describe("build that fails", () => {
  test("leaves nothing behind, and keeps an earlier build", async () => {
    const folder = newFolder({ "lab.toml": labToml });
    await dune(folder, ["build", "lab.toml"]);
    const before = read(folder, "dist/manifest.json");
    writeFileSync(join(folder, "lab.toml"), labToml.replace('r1:eth0"]', 'r9:eth0"]'));
    const { exitCode, stderr, stdout } = await dune(folder, ["build", "lab.toml"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toContain('error[resolve/unknown-endpoint]: the endpoint "r9:eth0" names node "r9"');
    expect(stderr).toContain("--> lab.toml:29:");
    expect(read(folder, "dist/manifest.json")).toBe(before);
    expect(readdirSync(folder).sort()).toEqual(["dist", "lab.lock.json", "lab.toml"]);
  });

  test("names files as seen from the current folder", async () => {
    const folder = newFolder();
    mkdirSync(join(folder, "sub"));
    writeFileSync(join(folder, "sub/lab.toml"), "[topolofy]\n");
    const { stderr } = await dune(folder, ["check", "sub/lab.toml"]);
    expect(stderr).toContain("--> sub/lab.toml:1:2");
  });

  test("refuses to replace what dune did not build", async () => {
    const folder = newFolder({ "lab.toml": labToml });
    mkdirSync(join(folder, "dist"));
    writeFileSync(join(folder, "dist/thesis.tex"), "mine");
    const { exitCode, stderr } = await dune(folder, ["build", "lab.toml"]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `error: dist was not built by dune: it holds thesis.tex
  hint: dune replaces only what it built; choose another folder with --out, or move this away`,
    });
    expect(read(folder, "dist/thesis.tex")).toBe("mine");
    expect(readdirSync(folder).sort()).toEqual(["dist", "lab.toml"]);
  });

  test("refuses to replace a build in which someone put a file", async () => {
    const folder = newFolder({ "lab.toml": labToml });
    await dune(folder, ["build", "lab.toml"]);
    writeFileSync(join(folder, "dist/notes.txt"), "mine");
    const { exitCode, stderr } = await dune(folder, ["build", "lab.toml", "--update-lock"]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `error: dist holds a file that dune did not build: notes.txt
  hint: move it away, or choose another folder with --out: a build replaces the whole folder`,
    });
    expect(read(folder, "dist/notes.txt")).toBe("mine");
  });

  test("never replaces the topology's own folder, nor a file", async () => {
    const folder = newFolder({ "lab.toml": labToml });
    expect((await dune(folder, ["build", "lab.toml", "--out", "."])).exitCode).toBe(1);
    const { exitCode, stderr } = await dune(folder, ["build", "lab.toml", "--out", "lab.toml"]);
    expect({ exitCode, first: stderr.split("\n")[0] }).toEqual({
      exitCode: 1,
      first: "error: lab.toml is a file, not a folder",
    });
    expect(read(folder, "lab.toml")).toBe(labToml);
  });

  test("uses an empty folder, and the folder behind a link", async () => {
    const folder = newFolder({ "lab.toml": labToml });
    mkdirSync(join(folder, "real"));
    symlinkSync("real", join(folder, "dist"));
    expect((await dune(folder, ["build", "lab.toml"])).exitCode).toBe(0);
    expect((await dune(folder, ["build", "lab.toml"])).exitCode).toBe(0);
    expect(readdirSync(join(folder, "real")).sort()).toEqual(["manifest.json", "server1.run", "server2.run"]);
    expect(readdirSync(folder).sort()).toEqual(["dist", "lab.lock.json", "lab.toml", "real"]);
  });

  test("exits 2 where the folder cannot be written, and leaves no lock", async () => {
    const folder = newFolder({ "lab.toml": labToml });
    // Nobody can make a folder there, not even root.
    const { exitCode, stderr } = await dune(folder, ["build", "lab.toml", "--out", "/proc/dune/dist"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("error: cannot write /proc/dune/dist: ");
    expect(stderr).toContain("hint: nothing was changed");
    expect(readdirSync(folder)).toEqual(["lab.toml"]);
  });

  test("puts the earlier build back where the lock cannot be written", async () => {
    const folder = newFolder({ "lab.toml": labToml });
    await dune(folder, ["build", "lab.toml"]);
    const before = read(folder, "dist/manifest.json");
    // A folder in the lock's place cannot be replaced by a file, nor be read as one.
    const other = newFolder({ "lab.toml": labToml });
    mkdirSync(join(other, "lab.lock.json"));
    const { exitCode, stderr } = await dune(other, ["build", "lab.toml", "--out", join(folder, "dist")]);
    expect({ exitCode, isBug: stderr.includes("bug in dune") }).toEqual({ exitCode: 2, isBug: false });
    expect(read(folder, "dist/manifest.json")).toBe(before);
  });

  test.skipIf(!isRoot)("exits 2 on a full disk, and keeps the earlier build", async () => {
    const folder = newFolder({ "lab.toml": labToml });
    const disk = join(folder, "disk");
    mkdirSync(disk);
    await execa("mount", ["-t", "tmpfs", "-o", "size=900k", "tmpfs", disk]);
    onTestFinished(async () => void (await execa("umount", [disk])));
    expect((await dune(folder, ["build", "lab.toml", "--out", "disk/dist"])).exitCode).toBe(0);
    const before = read(disk, "dist/manifest.json");
    const { exitCode, stdout, stderr } = await dune(folder, ["build", "lab.toml", "--out", "disk/dist"]);
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: `error: cannot write disk/dist: no space left on the disk
  hint: nothing was changed; choose another folder with --out, or mend this one`,
    });
    expect(readdirSync(disk)).toEqual(["dist"]);
    expect(read(disk, "dist/manifest.json")).toBe(before);
  });

  test("exits 2 without permission", async () => {
    const folder = newFolder({ "lab.toml": labToml });
    chmodSync(folder, 0o500);
    // What lets root write where permissions forbid it is taken from it.
    const prefix = isRoot ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] : [];
    const { exitCode, stderr } = await dune(folder, ["build", "lab.toml"], {}, prefix);
    chmodSync(folder, 0o700);
    expect({ exitCode, first: stderr.split("\n")[0] }).toEqual({
      exitCode: 2,
      first: "error: cannot write dist: permission denied",
    });
  });

  test.each([0, 20, 80])(
    "cut off by a signal %d ms after it began to write, it leaves nothing",
    async (delayMs) => {
      const nodes = Array.from({ length: 2000 }, (_, index) => `[topology.nodes.n${index}]\n`).join("");
      const toml = `[infrastructure.nodes.a]
cores = 2
limits.nodes = 2000
[topology.defaults.nodes]
templates = { "name.eta" = "/tmp/{{node}}" }
${nodes}`;
      const folder = newFolder({ "lab.toml": toml, "name.eta": "{{node}}" });
      const run = execa("node", [main, "build", "lab.toml", "--format", "dir"], {
        cwd: folder,
        reject: false,
      });
      while (!readdirSync(folder).some((name) => name.startsWith(".dist.dune-")) && run.exitCode === null)
        await setTimeout(1);
      await setTimeout(delayMs);
      run.kill("SIGINT");
      const { exitCode, stderr } = await run;
      expect({ exitCode, stderr, files: readdirSync(folder).sort() }).toEqual({
        exitCode: 130,
        stderr: "",
        files: ["lab.toml", "name.eta"],
      });
    },
  );
});

describe("the lock", () => {
  test("keeps the placement; a change of it is told, and recorded only when asked", async () => {
    const folder = newFolder({ "lab.toml": labToml });
    await dune(folder, ["build", "lab.toml"]);
    const lock = read(folder, "lab.lock.json");
    const again = await dune(folder, ["build", "lab.toml"]);
    expect(again.stdout).not.toContain("lock");
    expect(read(folder, "lab.lock.json")).toBe(lock);

    writeFileSync(join(folder, "lab.toml"), `${labToml}[topology.nodes.h1]\n[topology.nodes.h2]\n`);
    const changed = await dune(folder, ["build", "lab.toml"]);
    expect(changed.exitCode).toBe(0);
    expect(changed.stdout).toContain(`  lab.lock.json differs from this placement: 2 nodes not in it (h1, h2)
    record it by building once with --update-lock`);
    expect(read(folder, "lab.lock.json")).toBe(lock);

    const updated = await dune(folder, ["build", "lab.toml", "--update-lock"]);
    expect(updated.stdout).toContain("  updated lab.lock.json");
    expect(Object.keys(JSON.parse(read(folder, "lab.lock.json")).nodes)).toEqual([
      "h0",
      "h1",
      "h2",
      "r0",
      "r1",
    ]);
    expect((await dune(folder, ["build", "lab.toml"])).stdout).not.toContain("lock");
  });

  test("that is damaged stops the build; --update-lock makes a new one", async () => {
    const folder = newFolder({ "lab.toml": labToml, "lab.lock.json": "{" });
    const { exitCode, stderr } = await dune(folder, ["build", "lab.toml"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("error[parse/bad-lock]");
    expect(stderr).toContain("--> lab.lock.json:1:1");
    expect((await dune(folder, ["build", "lab.toml", "--update-lock"])).exitCode).toBe(0);
    expect(JSON.parse(read(folder, "lab.lock.json")).lock).toBe(1);
  });
});
