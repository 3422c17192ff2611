import { compile, definePlugin, type Plugin } from "@dune/core";
import { describe, expect, test } from "vitest";
import { filesOf, type Sample, samplesIn, settingsOf } from "../samples.js";

const hooks = [
  "document",
  "topology",
  "topologyCheck",
  "placementCheck",
  "rendering",
  "binariesCheck",
  "artifacts",
];

/** A plugin that freezes what each phase has made, with all that hangs on it. */
function ice(frozen: string[]): Plugin {
  const freeze = <T>(hook: string, value: T): T => {
    frozen.push(hook);
    deepFreeze(value);
    return value;
  };
  return definePlugin({
    name: "ice",
    api: 1,
    setup(dune) {
      dune.on("document", (value) => freeze("document", value));
      dune.on("topology", (value) => freeze("topology", value));
      dune.on("topologyCheck", (value) => void freeze("topologyCheck", value));
      dune.on("placementCheck", (value) => void freeze("placementCheck", value));
      dune.on("rendering", (value) => freeze("rendering", value));
      dune.on("binariesCheck", (value) => void freeze("binariesCheck", value));
      dune.on("artifacts", (value) => {
        freeze("artifacts", value);
        return [];
      });
    },
  });
}

function deepFreeze(value: unknown, seen = new Set<unknown>()): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(Object.freeze(value));
  for (const inner of Object.values(value)) deepFreeze(inner, seen);
}

/** Every file of `dist`, with an idle plugin of the same name or with the one that freezes. */
async function build(sample: Sample, plugin: Plugin) {
  const { localhost, private: _, ...settings } = settingsOf(sample);
  const cores = [Array.from({ length: localhost ?? 0 }, (_, core) => core)];
  const { artifacts } = await compile(
    { file: "topology.toml", ...settings },
    {
      files: filesOf(sample),
      plugins: [plugin],
      ...(localhost !== undefined && { localhost: { cores } }),
    },
  );
  return artifacts?.files.map(({ path, chunks }) => `${path} ${Buffer.concat(chunks).toString("base64")}`);
}

describe("no phase changes what an earlier one has made", () => {
  test.each(samplesIn("compile/samples"))("$name", async (sample) => {
    const frozen: string[] = [];
    const files = await build(sample, ice(frozen));
    expect(frozen).toEqual(hooks);
    expect(files).toBeDefined();
    expect(files).toEqual(await build(sample, definePlugin({ name: "ice", api: 1 })));
  });
});
