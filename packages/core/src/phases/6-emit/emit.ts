/**
 * Phase 6. In: rendering and programs. Out: the files of `dist`: a bundle for each phynode, the manifest, what plugins add.
 * Holds on exit: the same input gave the same bytes; every bundle holds its own phynode's slice only.
 * Plugins may add files (`artifacts`).
 */
import type { Context } from "../../context.js";
import { jsonText } from "../../manifest/json.js";
import type { Digest } from "../../manifest/make-manifest.js";
import type { ChoiceBook } from "../../plugins/choices.js";
import type { Lock } from "../1-parse/lock.js";
import type { Placement } from "../3-allocate/placement.js";
import type { RenderedFile } from "../4-render/rendering.js";
import type { Binaries } from "../5-build/binaries.js";
import type { Artifact, Artifacts } from "./artifacts.js";
import { type Bundle, type BundleFormat, folderBundle, readRuntime, runBundle } from "./bundle.js";
import { describe } from "./describe.js";
import { pathClaims } from "./path-claims.js";
import { makePayload } from "./payload.js";
import type { Slice } from "./tables.js";

const manifestPath = "manifest.json";

export function emit(
  format: BundleFormat,
): (binaries: Binaries, context: Context) => Promise<Artifacts | undefined> {
  return async (binaries, context) => {
    const { rendering } = binaries;
    const { placement } = rendering;
    const { digest, usesOf, manifest } = describe(binaries);
    const makeBundle = format === "run" ? runBundle : folderBundle;
    const runtime = readRuntime();
    const bundles: Bundle[] = [];
    for (const slice of slices(binaries, digest, usesOf)) {
      const names = { lab: placement.topology.name, phynode: slice.phynode.phynode.name };
      const payload = makePayload(slice, manifest, context.files);
      bundles.push(await makeBundle(names, payload, runtime));
      context.progress(bundles.length, rendering.phynodes.length);
    }
    const summaries = bundles.map((bundle) => bundle.summary);
    const own = bundles.flatMap((bundle) => bundle.files);
    const added = await pluginArtifacts(own, binaries, summaries, context);
    const complete = { ...manifest, artifacts: added.map(({ path }) => path).sort() };
    const files = [...own, ...added, textArtifact(manifestPath, jsonText(complete))];
    files.sort((a, b) => (a.path < b.path ? -1 : 1));
    const { isPrivate = false } = placement.topology.document;
    return {
      manifest: complete,
      lock: makeLock(placement, context.choices),
      bundles: summaries,
      files: isPrivate ? files.map(hidden) : files,
    };
  };
}

function slices({ rendering, builds }: Binaries, digest: Digest, usesOf: Slice["usesOf"]): readonly Slice[] {
  const hash = (file: RenderedFile) => digest(file).sha256;
  return rendering.phynodes.map((phynode) => {
    const nodes = rendering.nodes.filter((node) => node.placed.phynode.name === phynode.phynode.name);
    const byName = new Map(nodes.map((node) => [node.placed.node.name, node]));
    const here = builds.filter(({ phynodes }) => phynodes.includes(phynode.phynode.name));
    return { placement: rendering.placement, phynode, nodes, byName, builds: here, hash, usesOf };
  });
}

async function pluginArtifacts(
  own: readonly Artifact[],
  binaries: Binaries,
  bundles: Artifacts["bundles"],
  { hooks, calls }: Context,
): Promise<readonly Artifact[]> {
  const claim = pathClaims([manifestPath, ...own.map((artifact) => artifact.path)]);
  const collected = await hooks.collectArtifacts({ binaries, bundles });
  return collected.map(({ plugin, item }) =>
    calls.run(plugin, "artifacts", () => {
      const { path, text, executable = false } = item ?? {};
      if (typeof path !== "string" || typeof text !== "string")
        throw new Error("an artifact needs a path and a text");
      claim(path);
      return { ...textArtifact(path, text), mode: executable ? 0o755 : 0o644 };
    }),
  );
}

function textArtifact(path: string, text: string): Artifact {
  return { path, mode: 0o644, chunks: [new TextEncoder().encode(text)] };
}

/** All that is made from a topology that others may not read. */
function hidden(artifact: Artifact): Artifact {
  return { ...artifact, mode: artifact.mode & 0o700 };
}

/** What a later build keeps to: where everything is, the VNIs, and what plugins chose. */
function makeLock({ nodes, links }: Placement, { kept }: ChoiceBook): Lock {
  return {
    lock: 1,
    nodes: Object.fromEntries(
      nodes.map(({ node, phynode, processes }) => [
        node.name,
        {
          phynode: phynode.name,
          cores: Object.fromEntries(processes.map(({ process, cores }) => [process.name, [...cores]])),
        },
      ]),
    ),
    vnis: Object.fromEntries(
      links.flatMap((placed) => (placed.kind === "vxlan" ? [[placed.link.id, placed.vni]] : [])),
    ),
    ...(Object.keys(kept).length > 0 && { choices: kept }),
  };
}
