import { formatDuration } from "../../values/duration.js";
import { formatMode } from "../../values/mode.js";
import { formatPercent } from "../../values/percent.js";
import { formatRate } from "../../values/rate.js";
import { sysctlName } from "./sysctls.js";
import type {
  Binary,
  Endpoint,
  Infrastructure,
  Link,
  Node,
  Phynode,
  PrivateFolder,
  Process,
  Sysctl,
  Template,
  Toolchain,
  Topology,
} from "./topology.js";

/* The way back: a resolved entity's values by the keys of the language, as a user could have written them. */

/** What a path of the language can lead into. */
export type Entity = Node | Link | Phynode | Topology | Infrastructure | Binary | Toolchain;

/** The value of a key; undefined where the entity has none. */
export function written(entity: Entity, key: string): unknown {
  const writers = writersOf(entity) as Writers<Entity>;
  if (Object.hasOwn(writers, key)) return writers[key]?.(entity);
  const added = addedKeys(entity);
  if (Object.hasOwn(added, key)) return added[key];
  if ("netns" in entity) return Object.hasOwn(entity.data, key) ? entity.data[key] : undefined;
  return "endpoints" in entity ? writtenEnd(entity, key) : undefined;
}

/** The keys that the entity has a value of. */
export function writtenKeys(entity: Entity): readonly string[] {
  const ends = "endpoints" in entity ? entity.endpoints.map(endText) : [];
  const keys = [...Object.keys(writersOf(entity)), ...ends, ...Object.keys(addedKeys(entity))];
  return keys.filter((key) => written(entity, key) !== undefined);
}

/** What plugins, or the builder of a binary, add to dune's own keys. */
function addedKeys(entity: Entity): Readonly<Record<string, unknown>> {
  if ("extensions" in entity) return entity.extensions;
  return "options" in entity ? entity.options : {};
}

type Writers<E> = Readonly<Record<string, (entity: E) => unknown>>;

const nodeWriters: Writers<Node> = {
  kind: (node) => node.kind,
  addrs: (node) =>
    Object.fromEntries(
      node.addresses.map(({ interface: name, addresses }) => [name, addresses.map(({ text }) => text)]),
    ),
  phynode: (node) => node.placement.phynodes,
  tags: (node) => node.placement.tags,
  separate: (node) => node.placement.separate,
  colocate: (node) => node.placement.colocate,
  numa: (node) => node.placement.numa,
  sysctls: (node) => writtenSysctls(node.sysctls),
  templates: (node) => Object.fromEntries(node.templates.map((each) => [each.src, writtenFile(each)])),
  private: (node) => node.privateFolders.map(writtenFolder),
  exec: (node) => node.exec,
  exec_timeout: (node) => formatDuration(node.execTimeoutNs),
  pinned: (node) => node.processes.map(writtenProcess),
  routes: (node) => node.routes.map(({ to, via, dev, metric }) => present({ to, via, dev, metric })),
  binaries: (node) => node.binaries,
  results: (node) => node.results,
  data: (node) => node.data,
};

const linkWriters: Writers<Link> = {
  endpoints: (link) => link.endpoints.map(endText),
  mtu: (link) => link.mtu,
};

const phynodeWriters: Writers<Phynode> = {
  cores: (phynode) => phynode.cores,
  address: (phynode) => phynode.address,
  interface: (phynode) => phynode.interface,
  mtu: (phynode) => phynode.mtu,
  bw: (phynode) => formatted(phynode.rateBitsPerSecond, formatRate),
  platform: (phynode) => phynode.platform.text,
  ssh: (phynode) => phynode.ssh,
  tags: (phynode) => phynode.tags,
  oversubscribe: (phynode) => phynode.oversubscribe,
  setup: (phynode) => phynode.setup,
  binds: (phynode) => phynode.binds.map((bind) => ({ src: bind.src, ...writtenFile(bind) })),
  sysctls: (phynode) => writtenSysctls(phynode.sysctls),
  limits: (phynode) => phynode.limits,
};

const infrastructureWriters: Writers<Infrastructure> = {
  namespace_prefix: (infrastructure) => infrastructure.namespacePrefix,
  vxlan: (infrastructure) => ({ port: infrastructure.vxlanPort }),
  allocator: (infrastructure) => infrastructure.allocator,
};

const binaryWriters: Writers<Binary> = {
  builder: (binary) => binary.builder,
  source: (binary) => binary.source,
  inputs: (binary) => binary.inputs,
  output: (binary) => binary.output,
  environ: (binary) => writtenEnviron(binary.environ),
  tools: (binary) => binary.tools,
  static: (binary) => binary.isStatic,
  timeout: (binary) => formatDuration(binary.timeoutNs),
};

const toolchainWriters: Writers<Toolchain> = {
  triple: (toolchain) => toolchain.triple,
  cc: (toolchain) => toolchain.cc,
  cxx: (toolchain) => toolchain.cxx,
  ar: (toolchain) => toolchain.ar,
  ranlib: (toolchain) => toolchain.ranlib,
  strip: (toolchain) => toolchain.strip,
};

/** Beside plugins' keys of `[topology]`, what stands at the top of the file. */
const topologyWriters: Writers<Topology> = {
  name: (topology) => topology.name,
  params: (topology) => topology.params,
};

function writersOf(entity: Entity): Writers<never> {
  if ("netns" in entity) return nodeWriters;
  if ("endpoints" in entity) return linkWriters;
  if ("cores" in entity) return phynodeWriters;
  if ("options" in entity) return binaryWriters;
  if ("platform" in entity) return toolchainWriters;
  return "phynodes" in entity ? infrastructureWriters : topologyWriters;
}

const shapingWriters: Writers<Endpoint> = {
  latency: ({ latencyNs }) => formatted(latencyNs, formatDuration),
  jitter: ({ jitterNs }) => formatted(jitterNs, formatDuration),
  loss: ({ loss }) => formatted(loss, formatPercent),
  duplicate: ({ duplicate }) => formatted(duplicate, formatPercent),
  corrupt: ({ corrupt }) => formatted(corrupt, formatPercent),
  reorder: ({ reorder }) => formatted(reorder, formatPercent),
  bw: ({ rateBitsPerSecond }) => formatted(rateBitsPerSecond, formatRate),
  queue: ({ queue }) => queue,
  metric: ({ metric }) => metric,
  mac: ({ mac }) => mac,
};

/** All properties of one end, or one property of both: a single value where the ends have the same. */
function writtenEnd({ endpoints }: Link, key: string): unknown {
  const end = endpoints.find((each) => endText(each) === key);
  if (end !== undefined) {
    return present(
      Object.fromEntries(Object.entries(shapingWriters).map(([name, write]) => [name, write(end)])),
    );
  }
  const write = Object.hasOwn(shapingWriters, key) ? shapingWriters[key] : undefined;
  if (write === undefined) return undefined;
  const [a, b] = [write(endpoints[0]), write(endpoints[1])];
  return a === b ? a : present({ [endText(endpoints[0])]: a, [endText(endpoints[1])]: b });
}

function endText(end: Endpoint): string {
  return `${end.node}:${end.interface}`;
}

function writtenProcess(process: Process): object {
  const { name, cmd, environ, ready, readyTimeoutNs, postUp, preDown, down, reload, uses, extensions } =
    process;
  return present({
    name,
    cmd,
    environ: writtenEnviron(environ),
    ready,
    ready_timeout: formatDuration(readyTimeoutNs),
    post_up: postUp,
    pre_down: preDown,
    down,
    reload,
    uses,
    ...extensions,
  });
}

function writtenEnviron(environ: Process["environ"]): object {
  return Object.fromEntries(environ.map(({ name, value }) => [name, value]));
}

function writtenFile({ dst, mode, modeDeclared, owner }: Template): object {
  return present({ dst, mode: modeDeclared ? formatMode(mode) : undefined, owner });
}

function writtenFolder({ path, mode, owner }: PrivateFolder): object {
  return present({ path, mode: formatted(mode, formatMode), owner });
}

/** With dots as in sysctl(8). */
function writtenSysctls(sysctls: readonly Sysctl[]): object {
  return Object.fromEntries(sysctls.map(({ path, value }) => [sysctlName(path), value]));
}

function formatted(value: number | undefined, format: (value: number) => string): string | undefined {
  return value === undefined ? undefined : format(value);
}

function present(table: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(table).filter(([, value]) => value !== undefined));
}
