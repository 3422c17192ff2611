import { compile, memoryFiles } from "@dune/core";
import { describe, expect, test } from "vitest";
import { differenceLines } from "../../packages/core/dist/cli/rehearse-report.js";
import { compileRehearsal } from "../../packages/core/dist/operate/compile-rehearsal.js";

const topology = `
[infrastructure.nodes.s1]
cores = [[1, 2]]
address = "192.0.2.1"
[infrastructure.nodes.s2]
cores = [[1, 2]]
address = "192.0.2.2"
platform = "linux/arm64"
[infrastructure.nodes.s3]
cores = [[1, 2]]
address = "192.0.2.3"
platform = "linux/amd64/musl"
[topology.nodes.a]
phynode = "s1"
pinned = { cmd = "true" }
[topology.nodes.b]
phynode = "s2"
pinned = { cmd = "true" }
[topology]
links = [{ endpoints = ["a:eth0", "b:eth0"] }]
`;

function rehearsal(platform: string | undefined, more = "") {
  const files = memoryFiles({ "topology.toml": topology + more, "probe.sh": "#!/bin/sh\n" });
  const machine = { cores: [[1, 2]], ...(platform !== undefined && { platform }) };
  return compileRehearsal(
    (localhost, plugins, until) =>
      compile({ file: "topology.toml" }, { files, localhost, plugins, ...(until && { until }) }),
    machine,
    false,
  );
}

describe("a rehearsal of servers of another architecture", () => {
  test("is compiled for this machine, and tells so", async () => {
    const compiled = await rehearsal("linux/amd64");
    const { artifacts, placement } = compiled.result;
    expect(artifacts?.manifest.phynodes.map(({ platform }) => platform)).toEqual([
      "linux/amd64",
      "linux/amd64",
      "linux/amd64/musl",
    ]);
    expect(placement?.nodes[1]?.phynode.platform.text).toBe("linux/amd64");
    expect(compiled.coreChanges).toEqual([]);
    expect(differenceLines(compiled, false)).toEqual([
      "compiled for this machine, which has another architecture:",
      "  s2  linux/amd64 instead of linux/arm64",
    ]);
  });

  test("names the programs that it builds for this machine", async () => {
    const programs = `
[binaries.probe]
builder = "command"
command = "cp probe.sh {{out}}"
inputs = ["probe.sh"]
[topology.groups.all]
nodes = ["*"]
binaries = ["probe"]
`;
    const compiled = await rehearsal("linux/amd64", programs);
    expect(compiled.result.binaries?.builds.map(({ platform }) => platform.text)).toEqual(["linux/amd64"]);
    expect(compiled.platformChanges).toMatchObject([{ phynode: "s2", programs: ["probe"] }]);
    expect(differenceLines(compiled, false)[1]).toBe(
      "  s2  linux/amd64 instead of linux/arm64, with programs for it: probe",
    );
  });

  test("says so with what cannot be built: nobody has written this platform there", async () => {
    const programs = `
[topology.nodes.c]
phynode = "s2"
binaries = ["probe"]
[binaries.probe]
builder = "prebuilt"
files."linux/arm64" = "probe.sh"
`;
    const { result } = await rehearsal("linux/amd64", programs);
    expect(result.diagnostics.map(({ code, message, hint }) => `${code}: ${message}; ${hint}`)).toEqual([
      'build/cannot-build: "probe" cannot be built: there is no file for linux/amd64; add files."linux/amd64", or let a builder make it from its sources; a rehearsal builds for this machine, not for the platform of the server',
    ]);
  });

  test("is as declared where the machine's architecture is not known", async () => {
    const compiled = await rehearsal(undefined);
    expect(compiled.platformChanges).toEqual([]);
    expect(compiled.result.artifacts?.manifest.phynodes[1]?.platform).toBe("linux/arm64");
  });
});
