import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { labOf, topologyWith } from "./lab.js";

test("a sha256 counts, too, where it is written after the program is in the cache", async () => {
  const program = "#!/bin/sh\necho hi\n";
  const declared = (sha256: string) =>
    topologyWith(`builder = "prebuilt"\nfiles."linux/amd64" = { file = "probe"${sha256} }`);
  const lab = labOf({ "topology.toml": declared(""), probe: program });
  await lab.build();
  lab.write("topology.toml", declared(`, sha256 = "${"0".repeat(64)}"`));
  const sha256 = createHash("sha256").update(program).digest("hex");
  expect(await lab.problems()).toEqual([expect.stringContaining(`build/wrong-sha256: binary "probe"`)]);
  lab.write("topology.toml", declared(`, sha256 = "${sha256}"`));
  expect((await lab.build()).get("probe linux/amd64")?.program?.sha256).toBe(sha256);
});
