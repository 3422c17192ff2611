import { deriveMac } from "../../values/mac.js";
import { formatMode } from "../../values/mode.js";
import { bridgeIfindex } from "../2-resolve/ifindex.js";
import { ethernetMtu } from "../2-resolve/mtu.js";
import { bridgeDevice } from "../2-resolve/nodes.js";
import type { Sysctl } from "../2-resolve/topology.js";
import type { PlacedLink, Placement } from "../3-allocate/placement.js";
import type { RenderedFile, RenderedNode, RenderedPhynode } from "../4-render/rendering.js";
import type { NodeUses } from "../4-render/uses.js";
import type { Build } from "../5-build/binaries.js";
import { builtProgram } from "../5-build/built-program.js";
import { type Row, seconds, sequence, table, text } from "./fields.js";
import { qdiscFields } from "./qdiscs.js";
import { useTable } from "./use-table.js";

/** Every table of a payload by its file name; see docs/bundle-format.md. */
export type Tables = Readonly<Record<string, string>>;

/** What one phynode's tables are made from. */
export interface Slice {
  readonly placement: Placement;
  readonly phynode: RenderedPhynode;
  /** The nodes that sit there, sorted by name. */
  readonly nodes: readonly RenderedNode[];
  readonly byName: ReadonlyMap<string, RenderedNode>;
  /** The programs that it gets, sorted by name. */
  readonly builds: readonly Build[];
  /** The sha256 of a file's content. */
  hash(file: RenderedFile): string;
  /** What a node's processes and commands use. */
  usesOf(node: RenderedNode): NodeUses;
}

export function makeTables(slice: Slice): Tables {
  const { nodes, phynode, builds, hash } = slice;
  const { setup, files } = phynode;
  const eachNode = (rows: (node: RenderedNode) => readonly Row[]) => table(nodes.flatMap(rows));
  const processes = nodes.flatMap(({ placed, processes: own }) =>
    own.map((process) => ({ node: placed.node.name, process })),
  );
  const eachProcess = (rows: (entry: (typeof processes)[number]) => readonly Row[]) =>
    table(processes.flatMap(rows));
  return {
    nodes: eachNode(({ placed: { node } }) => [[node.name, node.netns, node.kind]]),
    bridges: eachNode((node) => bridgeRow(node, slice)),
    veths: table(linksHere(slice).flatMap((link) => vethRow(link, slice))),
    tunnels: table(linksHere(slice).flatMap((link) => tunnelRow(link, slice))),
    interfaces: eachNode(interfaceRows),
    addresses: eachNode(({ placed: { node } }) =>
      node.addresses.flatMap(({ interface: device, addresses }) =>
        addresses.map(({ text }) => [node.netns, device, text]),
      ),
    ),
    qdiscs: eachNode((node) => qdiscRows(node, slice)),
    sysctls: table([
      ...sysctlRows(undefined, phynode.phynode.sysctls),
      ...nodes.flatMap(({ placed: { node } }) => sysctlRows(node.netns, node.sysctls)),
    ]),
    routes: eachNode(({ placed: { node } }) =>
      node.routes.map(({ to, family, via, dev, metric }, index) => [
        node.netns,
        sequence(index),
        family,
        [to, via && `via ${via}`, dev && `dev ${dev}`, metric && `metric ${metric}`]
          .filter(Boolean)
          .join(" "),
      ]),
    ),
    files: table([
      ...files.map((file) => fileRow(file, undefined, hash)),
      ...nodes.flatMap(({ placed, files: own }) => own.map((file) => fileRow(file, placed.node.name, hash))),
    ]),
    private: eachNode(({ placed: { node }, privateFolders }) =>
      privateFolders.map(({ path, mode, owner }) => [
        node.name,
        text(path),
        mode === undefined ? undefined : formatMode(mode),
        owner,
      ]),
    ),
    exec: eachNode(({ placed: { node }, exec }) =>
      exec.map((cmd, index) => [node.name, sequence(index), seconds(node.execTimeoutNs), text(cmd)]),
    ),
    processes: eachProcess(({ node, process: { placed, cmd } }) => [
      [node, placed.process.name, placed.cores.join(","), seconds(placed.process.readyTimeoutNs), text(cmd)],
    ]),
    environment: eachProcess(({ node, process: { placed, environ } }) =>
      environ.map(({ name, value }) => [node, placed.process.name, name, text(value)]),
    ),
    hooks: eachProcess(({ node, process }) => {
      const kinds = {
        ready: process.ready === undefined ? [] : [process.ready],
        post_up: process.postUp,
        pre_down: process.preDown,
        down: process.down === undefined ? [] : [process.down],
        reload: process.reload === undefined ? [] : [process.reload],
      };
      return Object.entries(kinds).flatMap(([kind, commands]) =>
        commands.map((command, index) => [
          node,
          process.placed.process.name,
          kind,
          sequence(index),
          text(command),
        ]),
      );
    }),
    uses: useTable(slice),
    setup: table(
      (["pre", "post"] as const).flatMap((when) =>
        setup[when].map((command, index) => [when, sequence(index), text(command)]),
      ),
    ),
    programs: table(builds.map(programRow)),
    results: eachNode(({ placed, results }) => results.map((path) => [placed.node.name, text(path)])),
  };
}

/** What the server must have to run a program. */
function programRow(build: Build): Row {
  const { facts } = builtProgram(build);
  const interpreter = facts.interpreter === undefined ? undefined : text(facts.interpreter);
  const more =
    facts.kind === "elf"
      ? [text(facts.needed.join(",")), facts.glibc, undefined]
      : [undefined, undefined, facts.major];
  return [build.binary.name, facts.kind, interpreter, ...more];
}

/** What names a lab's bundle; the last table, since it holds the digest of the others. */
export function labTable({ placement, phynode: { phynode } }: Slice, digest: string): string {
  const { name, infrastructure } = placement.topology;
  return table([
    ["format", 1],
    ["lab", name],
    ["phynode", phynode.name],
    ["platform", phynode.platform.text],
    ["vxlan_port", infrastructure.vxlanPort],
    ["address", phynode.address],
    ["interface", phynode.interface],
    ["underlay_mtu", phynode.mtu],
    ["cores", phynode.cores.flat().join(",")],
    ["digest", digest],
  ]);
}

function linksHere({ placement, nodes }: Slice): readonly PlacedLink[] {
  const indexes = new Set(nodes.flatMap(({ placed }) => placed.node.interfaces.map((each) => each.link)));
  return [...indexes].map((index) => placement.links[index] as PlacedLink);
}

function vethRow(placed: PlacedLink, slice: Slice): readonly Row[] {
  if (placed.kind !== "veth") return [];
  const { link } = placed;
  const ends = ([0, 1] as const).flatMap((side) => deviceFields(placed, side, slice));
  return [[...ends, link.mtu, link.id]];
}

function tunnelRow(placed: PlacedLink, slice: Slice): readonly Row[] {
  if (placed.kind !== "vxlan") return [];
  const { link, vni, phynodes } = placed;
  const side = phynodes[0].name === slice.phynode.phynode.name ? 0 : 1;
  const local = phynodes[side].address;
  const remote = phynodes[side === 0 ? 1 : 0].address;
  return [[...deviceFields(placed, side, slice), link.mtu, vni, local, remote, link.id]];
}

/** netns, interface, ifindex, MAC of one end. */
function deviceFields({ link }: PlacedLink, side: 0 | 1, slice: Slice): Row {
  const end = link.endpoints[side];
  const node = slice.byName.get(end.node)?.placed.node;
  const own = node?.interfaces.find((each) => each.name === end.interface);
  return [node?.netns, end.interface, own?.ifindex, end.mac];
}

function bridgeRow({ placed: { node } }: RenderedNode, { placement }: Slice): readonly Row[] {
  if (node.kind !== "bridge") return [];
  const mtus = node.interfaces.map(({ link }) => placement.links[link]?.link.mtu ?? ethernetMtu);
  const mac = deriveMac(placement.topology.name, `${node.name}:${bridgeDevice}`);
  return [[node.netns, bridgeDevice, bridgeIfindex, mac, Math.min(ethernetMtu, ...mtus)]];
}

function interfaceRows({ placed: { node } }: RenderedNode): readonly Row[] {
  const master = node.kind === "bridge" ? bridgeDevice : undefined;
  return [
    [node.netns, "lo", undefined],
    ...node.interfaces.map(({ name }) => [node.netns, name, master]),
    ...(master === undefined ? [] : [[node.netns, master, undefined]]),
  ];
}

function qdiscRows({ placed: { node } }: RenderedNode, { placement }: Slice): readonly Row[] {
  return node.interfaces.flatMap(({ name, link, side }) => {
    const { endpoints, mtu } = (placement.links[link] as PlacedLink).link;
    const fields = qdiscFields(endpoints[side], mtu);
    return fields === undefined ? [] : [[node.netns, name, ...fields]];
  });
}

function sysctlRows(netns: string | undefined, sysctls: readonly Sysctl[]): readonly Row[] {
  return sysctls.map((sysctl, index) => [
    netns,
    sysctl.interface === undefined ? 1 : 2,
    sequence(index),
    sysctl.path,
    text(sysctl.value),
  ]);
}

function fileRow(file: RenderedFile, node: string | undefined, hash: Slice["hash"]): Row {
  return [text(file.path), formatMode(file.mode), node, hash(file), file.owner];
}
