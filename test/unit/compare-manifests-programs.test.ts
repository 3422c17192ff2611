import { compareManifests, type Manifest } from "@dune/core";
import { describe, expect, test } from "vitest";
import { baseBuild, linesOf, taken } from "./compared-lab.js";

describe("programs", () => {
  const sha = (digit: string) => digit.repeat(64);
  const path = "/var/lib/dune/lab/payload/bin/probe";

  /** As if `r1/ping` called a program, made from these sources by this compiler. */
  async function withProgram(program: string, sources: string, gcc: string, user = "r1"): Promise<Manifest> {
    const manifest = structuredClone((await baseBuild()).manifest);
    const node = manifest.nodes.find(({ name }) => name === user)!;
    node.processes = node.processes.map((process) => ({ ...process, uses: [path], reload: "true" }));
    const made = {
      platform: "linux/amd64",
      phynodes: ["s1"],
      nodes: [user],
      sources: { files: 1, sha256: sha(sources), outside: [] },
      commands: [{ argv: ["gcc", "-o", "{{out}}", "a.c"] }],
      environ: {},
      tools: [{ name: "gcc", version: gcc }],
      kind: "elf" as const,
      needed: [],
      sha256: sha(program),
      size: 9,
    };
    return { ...manifest, binaries: [{ name: "probe", builder: "cc", source: "probe", builds: [made] }] };
  }

  test("say their cause, and restart who uses them, whatever can be reloaded", async () => {
    const before = await withProgram("1", "1", "gcc 12.2");
    const sources = compareManifests(before, await withProgram("2", "2", "gcc 12.2"));
    expect(sources.changes[0]).toMatchObject({
      name: "probe linux/amd64",
      subject: { binary: "probe", platform: "linux/amd64" },
    });
    expect(sources.changes[0]?.values.map(({ what }) => what)).toEqual(["sha256", "sources"]);
    expect(taken(sources.effect)).toEqual({ live: true, restarts: ["r1/ping"] });
    const tools = compareManifests(before, await withProgram("2", "1", "gcc 13.1"));
    expect(tools.changes[0]?.values[1]).toEqual({ what: "tool gcc", before: "gcc 12.2", after: "gcc 13.1" });
    expect(tools.changes[0]?.note).toBeUndefined();
  });

  test("that became the same of other sources change nothing", async () => {
    const { changes, effect } = compareManifests(
      await withProgram("1", "1", "gcc 12.2"),
      await withProgram("1", "2", "gcc 12.2"),
    );
    expect(changes[0]?.values.map(({ what }) => what)).toEqual(["sources"]);
    expect(taken(effect)).toEqual({});
  });

  test("without a cause are not reproducible", async () => {
    const { changes } = compareManifests(
      await withProgram("1", "1", "gcc 12.2"),
      await withProgram("2", "1", "gcc 12.2"),
    );
    expect(changes[0]?.note).toBe("no cause that the manifest knows: not reproducible");
  });

  test("that come to the server restart who uses them; manifests of before have none", async () => {
    const { changes, effect } = compareManifests(
      (await baseBuild()).manifest,
      await withProgram("1", "1", "gcc 12.2"),
    );
    expect(linesOf(changes)).toEqual([
      "node r1 changed: binaries - → probe",
      "process r1/ping changed: reload - → true",
      "program probe linux/amd64 added",
    ]);
    expect(taken(effect)).toEqual({ live: true, restarts: ["r1/ping"] });
  });
});
