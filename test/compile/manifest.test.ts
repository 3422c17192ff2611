import { compile, manifestSchema, memoryFiles, readManifest } from "@dune/core";
import { describe, expect, test } from "vitest";

const topology = '[infrastructure.nodes.s1]\ncores = 4\n[topology.nodes.r0]\necmp = "yes"\n';

async function manifestText(): Promise<string> {
  const files = memoryFiles({ "topology.toml": topology });
  const { artifacts } = await compile({ file: "topology.toml" }, { files });
  const file = artifacts?.files.find(({ path }) => path === "manifest.json");
  return Buffer.concat(file?.chunks ?? []).toString();
}

describe("a manifest", () => {
  test("is read as it was written", async () => {
    const text = await manifestText();
    const read = readManifest(text);
    expect(read.ok && read.manifest).toEqual(JSON.parse(text));
    expect(read.ok && manifestSchema.parse(read.manifest).nodes[0]?.data).toEqual({ ecmp: "yes" });
  });

  test("of another version, damaged, or none at all is refused, saying so", async () => {
    const manifest = JSON.parse(await manifestText());
    const messageOf = (value: unknown) => {
      const read = readManifest(typeof value === "string" ? value : JSON.stringify(value));
      return read.ok ? undefined : read.message;
    };
    expect(messageOf({ ...manifest, manifest: 2 })).toBe(
      "the manifest has version 2, this dune reads version 1",
    );
    expect(messageOf({})).toBe("the manifest has no version, this dune reads version 1");
    expect(messageOf({ ...manifest, links: [{}] })).toBe("the manifest is damaged at links.0.id");
    expect(messageOf("not JSON")).toBe("the manifest is not valid JSON");
  });
});
