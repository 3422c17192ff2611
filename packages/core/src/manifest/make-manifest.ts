import { baseline } from "../phases/2-resolve/sysctls.js";
import type { Shaping, Sysctl, Topology } from "../phases/2-resolve/topology.js";
import type { PlacedLink } from "../phases/3-allocate/placement.js";
import type {
  RenderedFile,
  RenderedFolder,
  RenderedNode,
  RenderedPhynode,
  RenderedProcess,
} from "../phases/4-render/rendering.js";
import type { NodeUses, Use } from "../phases/4-render/uses.js";
import type { Binaries } from "../phases/5-build/binaries.js";
import { formatMode } from "../values/mode.js";
import { sortedKeys } from "../values/sorted-keys.js";
import { version } from "../version.js";
import type {
  Manifest,
  ManifestFile,
  ManifestFolder,
  ManifestLink,
  ManifestNode,
  ManifestPhynode,
  ManifestProcess,
} from "./manifest.js";
import { manifestBinaries, sliceBinary } from "./manifest-binaries.js";
import { manifestPlugins } from "./manifest-plugins.js";

/** Gives the sha256 and the size of a file's content. */
export type Digest = (file: RenderedFile) => { readonly sha256: string; readonly size: number };

export function makeManifest(
  { rendering, builds }: Binaries,
  digest: Digest,
  usesOf: (node: RenderedNode) => NodeUses,
): Manifest {
  const { placement } = rendering;
  const { topology } = placement;
  const { infrastructure, document } = topology;
  return {
    manifest: 1,
    dune: version,
    lab: topology.name,
    baseline: sysctlRecord(baseline),
    settings: document.layers.flatMap((layer) => layer.overridden.map((setting) => setting.text)),
    params: sortedKeys(topology.params as Record<string, unknown>),
    plugins: manifestPlugins(document),
    infrastructure: {
      namespacePrefix: infrastructure.namespacePrefix,
      vxlanPort: infrastructure.vxlanPort,
      allocator: infrastructure.allocator,
      extensions: sortedKeys(infrastructure.extensions),
    },
    extensions: sortedKeys(topology.extensions),
    phynodes: rendering.phynodes.map((phynode) => manifestPhynode(phynode, digest)),
    nodes: rendering.nodes.map((node) => manifestNode(node, topology, digest, usesOf(node))),
    links: placement.links.map(manifestLink),
    ...(builds.length > 0 && { binaries: manifestBinaries(builds) }),
    artifacts: [],
  };
}

/** The part of a manifest that concerns one phynode: itself, its nodes, the links that touch them, its programs. */
export function sliceManifest(manifest: Manifest, phynode: string): Manifest {
  const nodes = manifest.nodes.filter((node) => node.phynode === phynode);
  const names = new Set(nodes.map((node) => node.name));
  const { binaries, ...rest } = manifest;
  const own = binaries?.flatMap((binary) => sliceBinary(binary, phynode, names)) ?? [];
  return {
    ...rest,
    phynodes: manifest.phynodes.filter((each) => each.name === phynode),
    nodes,
    links: manifest.links.filter(({ endpoints }) => endpoints.some((end) => names.has(end.node))),
    ...(own.length > 0 && { binaries: own }),
    artifacts: [],
  };
}

function manifestPhynode({ phynode, files, setup }: RenderedPhynode, digest: Digest): ManifestPhynode {
  const { name, cores, address, interface: device, mtu, rateBitsPerSecond, platform, ssh } = phynode;
  return {
    name,
    cores: cores.map((list) => [...list]),
    ...(address !== undefined && { address }),
    ...(device !== undefined && { interface: device }),
    ...(mtu !== undefined && { mtu }),
    ...(rateBitsPerSecond !== undefined && { rateBitsPerSecond }),
    platform: platform.text,
    ...(ssh !== undefined && { ssh }),
    tags: [...phynode.tags],
    oversubscribe: phynode.oversubscribe,
    limits: { ...phynode.limits },
    setup: { pre: [...setup.pre], post: [...setup.post] },
    sysctls: sysctlRecord(phynode.sysctls),
    files: files.map((file) => manifestFile(file, digest)),
    extensions: sortedKeys(phynode.extensions),
  };
}

function manifestNode(
  rendered: RenderedNode,
  { links }: Topology,
  digest: Digest,
  uses: NodeUses,
): ManifestNode {
  const { node, phynode } = rendered.placed;
  return {
    name: node.name,
    kind: node.kind,
    netns: node.netns,
    phynode: phynode.name,
    interfaces: node.interfaces.map(({ name, ifindex, mac, link }) => ({
      name,
      ifindex,
      mac,
      link: links[link]?.id ?? "",
    })),
    addresses: Object.fromEntries(
      node.addresses.map(({ interface: device, addresses }) => [
        device,
        addresses.map((address) => address.text),
      ]),
    ),
    routes: node.routes.map((route) => ({ ...route })),
    sysctls: sysctlRecord(node.sysctls.filter((sysctl) => !isBaseline(sysctl))),
    files: rendered.files.map((file) => manifestFile(file, digest)),
    ...(rendered.privateFolders.length > 0 && { private: rendered.privateFolders.map(manifestFolder) }),
    exec: [...rendered.exec],
    execTimeoutNs: node.execTimeoutNs,
    ...(uses.exec.length > 0 && { execUses: uses.exec.map(({ path }) => path) }),
    processes: rendered.processes.map((process, index) =>
      manifestProcess(process, uses.processes[index] ?? []),
    ),
    results: [...rendered.results],
    data: sortedKeys(node.data as Record<string, unknown>),
    extensions: sortedKeys(node.extensions),
  };
}

function manifestProcess(
  { placed, cmd, environ, ready, postUp, preDown, down, reload }: RenderedProcess,
  uses: readonly Use[],
): ManifestProcess {
  const { name, readyTimeoutNs, extensions } = placed.process;
  return {
    name,
    cores: [...placed.cores],
    cmd,
    environ: Object.fromEntries(environ.map(({ name: variable, value }) => [variable, value])),
    ...(ready !== undefined && { ready }),
    readyTimeoutNs,
    postUp: [...postUp],
    preDown: [...preDown],
    ...(down !== undefined && { down }),
    ...(reload !== undefined && { reload }),
    ...(uses.length > 0 && { uses: uses.map(({ path }) => path) }),
    ...(Object.keys(extensions).length > 0 && { extensions: sortedKeys(extensions) }),
  };
}

function manifestFile(file: RenderedFile, digest: Digest): ManifestFile {
  const { path, mode, owner } = file;
  return { path, mode: formatMode(mode), ...(owner !== undefined && { owner }), ...digest(file) };
}

function manifestFolder({ path, mode, owner }: RenderedFolder): ManifestFolder {
  return {
    path,
    ...(mode !== undefined && { mode: formatMode(mode) }),
    ...(owner !== undefined && { owner }),
  };
}

function sysctlRecord(sysctls: readonly Sysctl[]): Record<string, string> {
  return Object.fromEntries(sysctls.map(({ path, value }) => [path, value]));
}

function isBaseline({ path, value }: Sysctl): boolean {
  return baseline.some((own) => own.path === path && own.value === value);
}

function manifestLink(placed: PlacedLink): ManifestLink {
  const { link } = placed;
  const [a, b] = link.endpoints.map((end) => ({
    node: end.node,
    interface: end.interface,
    mac: end.mac,
    metric: end.metric,
    ...shapingOf(end),
  }));
  return {
    id: link.id,
    name: link.name,
    kind: placed.kind,
    ...(placed.kind === "vxlan" && { vni: placed.vni }),
    mtu: link.mtu,
    endpoints: [a, b] as ManifestLink["endpoints"],
    extensions: sortedKeys(link.extensions),
  };
}

function shapingOf({
  latencyNs,
  jitterNs,
  loss,
  duplicate,
  corrupt,
  reorder,
  rateBitsPerSecond,
  queue,
}: Shaping): Shaping {
  const all = { latencyNs, jitterNs, loss, duplicate, corrupt, reorder, rateBitsPerSecond, queue };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
