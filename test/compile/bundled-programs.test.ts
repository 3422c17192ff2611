import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CompileResult, compile, type Manifest, readManifest } from "@dune/core";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { diskFiles } from "../../packages/core/dist/files.js";

const folder = mkdtempSync(join(tmpdir(), "dune-programs-"));
const cacheFolder = join(folder, "cache");

/** Two servers of two architectures, a script for both and a script for one; nothing is compiled, which takes no time. */
const topology = `
[infrastructure.nodes.server1]
cores = 4
[infrastructure.nodes.board]
cores = 4
platform = "linux/arm64"
[binaries.probe]
builder = "command"
command = "(echo '#!/bin/sh'; cat probe.sh; echo : {{target.arch}}) >{{out}}"
inputs = ["probe.sh"]
environ = { LEVEL = "3" }
[binaries.report]
builder = "command"
command = "cp report.sh {{out}}"
inputs = ["report.sh"]
[topology.nodes.r0]
phynode = "server1"
exec = ["{{bin.probe}}"]
[topology.nodes.r1]
phynode = "board"
exec = ["{{bin.probe}}"]
[topology.nodes.r2]
phynode = "board"
binaries = ["report", "probe"]
`;

beforeEach(() => {
  writeFileSync(join(folder, "topology.toml"), topology);
  writeFileSync(join(folder, "probe.sh"), "echo probe\n", { mode: 0o644 });
  writeFileSync(join(folder, "report.sh"), "#!/usr/bin/env -S bash -u\necho report\n", { mode: 0o644 });
  chmodSync(join(folder, "probe.sh"), 0o644);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function built(format: "run" | "dir", text?: string) {
  if (text !== undefined) writeFileSync(join(folder, "topology.toml"), text);
  const result = await compile(
    { file: "topology.toml", format },
    { files: diskFiles(folder), builds: { cacheFolder } },
  );
  expect(result.diagnostics).toEqual([]);
  return result;
}

const fileOf = ({ artifacts }: CompileResult, path: string) =>
  artifacts?.files.find((file) => file.path === path);
const textOf = (result: CompileResult, path: string) =>
  Buffer.concat(fileOf(result, path)?.chunks ?? []).toString();
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const shaOf = ({ artifacts }: CompileResult, phynode: string) =>
  artifacts?.bundles.find((bundle) => bundle.phynode === phynode)?.sha256;

function manifestOf(text: string): Manifest {
  const read = readManifest(text);
  if (!read.ok) throw new Error(read.message);
  expect(read.manifest).toEqual(JSON.parse(text));
  return read.manifest;
}

const probe = (arch: string) => `#!/bin/sh\necho probe\n: ${arch}\n`;

describe("the programs of a lab", () => {
  test("are in bin of their servers' bundles, with what they need in a table and in the sums", async () => {
    const result = await built("dir");
    expect(textOf(result, "server1/payload/bin/probe")).toBe(probe("amd64"));
    expect(textOf(result, "board/payload/bin/probe")).toBe(probe("arm64"));
    expect(fileOf(result, "server1/payload/bin/report")).toBeUndefined();
    expect(textOf(result, "server1/payload/programs")).toBe("probe\tscript\t/bin/sh\t-\t-\t-\n");
    expect(textOf(result, "board/payload/programs")).toBe(
      "probe\tscript\t/bin/sh\t-\t-\t-\nreport\tscript\tbash\t-\t-\t-\n",
    );
    expect(textOf(result, "board/payload/SHA256SUMS")).toContain(`${sha256(probe("arm64"))}  bin/probe\n`);
  });

  test("are in the manifest; a bundle's slice has its own alone", async () => {
    const result = await built("dir");
    const build = (arch: string, phynode: string, nodes: readonly string[]) => ({
      platform: `linux/${arch}`,
      phynodes: [phynode],
      nodes,
      sources: { files: 1, sha256: sha256(`${sha256("echo probe\n")}  probe.sh\n`), outside: [] },
      kind: "script",
      interpreter: "/bin/sh",
      sha256: sha256(probe(arch)),
      size: probe(arch).length,
    });
    const whole = manifestOf(textOf(result, "manifest.json"));
    expect(whole.binaries).toMatchObject([
      {
        name: "probe",
        builder: "command",
        source: ".",
        builds: [build("amd64", "server1", ["r0"]), build("arm64", "board", ["r1", "r2"])],
      },
      { name: "report", builds: [{ platform: "linux/arm64", nodes: ["r2"], interpreter: "bash" }] },
    ]);
    expect(JSON.stringify(whole)).not.toContain(folder);
    const slice = manifestOf(textOf(result, "server1/payload/manifest.json"));
    expect(slice.binaries).toMatchObject([{ name: "probe", builds: [build("amd64", "server1", ["r0"])] }]);
  });

  test("one for the same platform elsewhere, or used by one more node there, changes no other bundle", async () => {
    const one = topology.replaceAll("linux/arm64", "linux/amd64");
    const before = await built("run", one);
    const after = await built("run", `${one}[topology.nodes.r3]\nphynode = "board"\nbinaries = ["probe"]\n`);
    expect(after.binaries?.builds[0]).toMatchObject({
      phynodes: ["board", "server1"],
      nodes: ["r0", "r1", "r2", "r3"],
    });
    expect(shaOf(after, "server1")).toBe(shaOf(before, "server1"));
    expect(shaOf(after, "board")).not.toBe(shaOf(before, "board"));
  });

  test("are the same bytes from the cache as built anew, and change the bundle as they change", async () => {
    const first = await built("run");
    rmSync(cacheFolder, { recursive: true });
    const anew = await built("run");
    expect(anew.artifacts?.bundles).toEqual(first.artifacts?.bundles);
    writeFileSync(join(folder, "report.sh"), "#!/bin/sh\necho other\n");
    const changed = await built("run");
    expect(shaOf(changed, "server1")).toBe(shaOf(first, "server1"));
    expect(shaOf(changed, "board")).not.toBe(shaOf(first, "board"));
  });

  test("made from what others may not read can be read by nobody else either", async () => {
    expect(fileOf(await built("run"), "board.run")?.mode).toBe(0o755);
    chmodSync(join(folder, "report.sh"), 0o640);
    const modeOf = async (format: "run" | "dir", path: string) =>
      (
        await compile(
          { file: "topology.toml", format },
          { files: diskFiles(folder), builds: { cacheFolder } },
        )
      ).artifacts?.files.find((file) => file.path === path)?.mode;
    expect(await modeOf("run", "board.run")).toBe(0o700);
    expect(await modeOf("run", "server1.run")).toBe(0o755);
    expect(await modeOf("dir", "board/payload/bin/report")).toBe(0o600);
    expect(await modeOf("dir", "board/payload/bin/probe")).toBe(0o644);
  });

  test("a manifest without them is read, too", async () => {
    const text = textOf(
      await built("dir", "[topology.nodes.r0]\n[infrastructure.nodes.s1]\ncores = 2\n"),
      "manifest.json",
    );
    expect(manifestOf(text).binaries).toBeUndefined();
    const { binaries: _, ...old } = manifestOf(textOf(await built("dir", topology), "manifest.json"));
    expect(readManifest(JSON.stringify(old))).toMatchObject({ ok: true });
  });
});
