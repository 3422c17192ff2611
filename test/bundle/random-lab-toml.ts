import {
  fileNames,
  type Lab,
  type LabFile,
  type LabLink,
  type LabNode,
  type LabProcess,
} from "./random-lab.js";

/** A random lab as files of a topology. What does not fit together, as an address of an interface that is gone, is left out. */
export function topologyOf(lab: Lab): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  const lines = ['name = "small"'];
  for (const [index, server] of lab.servers.entries()) {
    const number = index + 1;
    const binds = Object.entries(server.files).map(([name, text]) => {
      files[`server${number}-${name}`] = text;
      return `{ src = "server${number}-${name}", dst = "/srv/server/${name}", mode = "644" }`;
    });
    lines.push(
      `[infrastructure.nodes.server${number}]`,
      "cores = [[0, 1]]\noversubscribe = 40",
      `sysctls = { ${pairs(server.sysctls)} }`,
      `binds = [${binds.join(", ")}]`,
      `setup.pre = ${list(server.setup)}`,
    );
    if (lab.servers.length > 1)
      lines.push(`address = "198.51.100.${number}"`, 'interface = "und"', "mtu = 1600");
  }
  for (const [name, node] of Object.entries(lab.nodes))
    lines.push(...nodeLines(name, { ...node, kind: kindOf(name, lab) }, lab, files));
  lines.push("[topology]", "links = [", ...lab.links.map((link) => `  ${linkText(link)},`), "]");
  return { ...files, "topology.toml": `${lines.join("\n")}\n` };
}

/** No two neighbours are bridges: without STP a loop of them never comes to rest. */
function kindOf(name: string, { nodes, links }: Lab): LabNode["kind"] {
  const neighbours = links
    .map(({ ends }) => ends.map(({ node }) => node))
    .filter((ends) => ends.includes(name));
  const isTaken = neighbours.flat().some((other) => other < name && nodes[other]?.kind === "bridge");
  return isTaken ? "node" : (nodes[name]?.kind ?? "node");
}

/** The interfaces of a node that addresses and the like can name, with the link of each. */
function devicesOf(name: string, { links }: Lab): ReadonlyMap<string, { link: LabLink; side: number }> {
  const own = links.flatMap((link) =>
    link.ends.flatMap(({ node, device }, side) => (node === name ? [[device, { link, side }] as const] : [])),
  );
  return new Map(own);
}

function nodeLines(name: string, node: LabNode, lab: Lab, files: Record<string, string>): readonly string[] {
  const devices = devicesOf(name, lab);
  const isBridge = node.kind === "bridge";
  const named = new Set(["lo", ...devices.keys(), ...(isBridge ? ["br0"] : [])]);
  const addresses = addressesOf(node, devices);
  const sysctls = Object.entries(node.sysctls).filter(([key]) => {
    const device = /\.(eth\d+)\./.exec(key)?.[1];
    return (
      device === undefined ||
      (named.has(device) && !(key.startsWith("net.ipv6") && isSmall(devices.get(device)?.link)))
    );
  });
  for (const [file, { text }] of Object.entries(node.files)) files[`${name}-${file}.eta`] = text;
  const templates = Object.entries(node.files).map(([file, { mode, owner, ...one }]) => {
    const more = owner === undefined ? "" : `, owner = "${owner}"`;
    return `"${name}-${file}.eta" = { dst = "${pathOf(file, one, node)}", mode = "${mode}"${more} }`;
  });
  return [
    `[topology.nodes.${name}]`,
    `kind = "${node.kind}"`,
    `phynode = "server${node.server + 1}"`,
    ...[...addresses].map(([device, list]) => `addrs."${device}" = ${JSON.stringify(list)}`),
    `routes = [${routesOf(node, devices, addresses).join(", ")}]`,
    `sysctls = { ${pairs(Object.fromEntries(sysctls))} }`,
    `templates = { ${templates.join(", ")} }`,
    `private = [${node.private ? '"/srv/private"' : ""}]`,
    `exec = ${list(node.exec)}`,
    ...Object.entries(node.processes).flatMap(([own, process]) => processLines(name, own, process, node)),
  ];
}

function isSmall(link: LabLink | undefined): boolean {
  return (link?.mtu ?? 1500) < 1280;
}

/** A link's own subnet first; its number is that of its ends, so that it stays when other links come and go. */
function addressesOf(
  node: LabNode,
  devices: ReturnType<typeof devicesOf>,
): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, readonly string[]>();
  const isMute = (device: string) => device === "lo" && node.sysctls["net.ipv6.conf.lo.disable_ipv6"] === "1";
  for (const device of ["lo", "br0", ...devices.keys()]) {
    if (device === "br0" && node.kind !== "bridge") continue;
    const { link, side } = devices.get(device) ?? {};
    const isLow =
      isSmall(link) ||
      isMute(device) ||
      (device === "br0" && [...devices.values()].some((each) => isSmall(each.link)));
    const number = link === undefined ? 0 : subnetOf(link);
    const own =
      link?.numbered && node.kind === "node"
        ? [
            `10.${number >> 8}.${number & 255}.${Number(side) + 1}/24`,
            `2001:db8:1:${number.toString(16)}::${Number(side) + 1}/64`,
          ]
        : [];
    const more = devices.has(device) && node.kind === "bridge" ? [] : (node.extra[device] ?? []);
    const list = [...own, ...more].filter((address) => !isLow || !address.includes(":"));
    if (list.length > 0) all.set(device, list);
  }
  return all;
}

function subnetOf({ ends }: LabLink): number {
  const text = ends
    .map(({ node, device }) => `${node}:${device}`)
    .sort()
    .join();
  let number = 7;
  for (const character of text) number = (number * 31 + character.charCodeAt(0)) % 49_999;
  return number;
}

function routesOf(
  node: LabNode,
  devices: ReturnType<typeof devicesOf>,
  addresses: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  if (node.kind === "bridge") return [];
  return node.routes.flatMap(({ to, dev, via }) => {
    const { link, side } = devices.get(dev) ?? {};
    const is6 = to.includes(":");
    const family = addresses.get(dev)?.filter((address) => address.includes(":") === is6) ?? [];
    if (link === undefined || family.length === 0) return [];
    const hop = family[0]?.replace(/(\d)\/\d+$/, String(2 - Number(side)));
    return [via && link.numbered ? `{ to = "${to}", via = "${hop}" }` : `{ to = "${to}", dev = "${dev}" }`];
  });
}

function pathOf(file: string, { place }: Pick<LabFile, "place">, node: LabNode): string {
  if (place === "dir") return `{{dir}}/${file}`;
  if (place === "root") return `conf/{{node}}/${file}`;
  return place === "private" && node.private ? `/srv/private/${file}` : `/srv/{{node}}/${file}`;
}

function processLines(name: string, own: string, process: LabProcess, node: LabNode): readonly string[] {
  const { seconds, cores, environ, ready, stubborn, does } = process;
  const known = node.files[process.file] ?? Object.values(node.files)[0];
  const file =
    node.files[process.file] === undefined ? fileNames.find((each) => node.files[each]) : process.file;
  const path = known === undefined || file === undefined ? undefined : pathOf(file, known, node);
  const loaded = `{{dir}}/${own}.loaded`;
  const commands: Record<LabProcess["does"], string> = {
    sleeps: `exec sleep ${seconds}`,
    forks: `sleep ${seconds} & exec setsid sleep ${seconds}`,
    reads: path === undefined ? `exec sleep ${seconds}` : `exec sleep $(cat ${path})`,
    reloads: `exec sleep ${seconds}`,
  };
  const load = does === "reloads" && path !== undefined ? `cat ${path} >${loaded}` : undefined;
  const core = cores > 0 ? { CORE: "{{core_1}}" } : undefined;
  // What it loads when it starts is told by its environment, so that it starts anew with another file.
  const conf = load === undefined ? undefined : { CONF: path ?? "" };
  return [
    `[[topology.nodes.${name}.pinned]]`,
    `name = "${own}"`,
    `cmd = ${JSON.stringify(stubborn ? `trap '' HUP; ${commands[does]}` : commands[does])}`,
    `environ = { ${pairs({ ...environ, ...core, ...conf })} }`,
    ...(ready ? ['ready = "true"'] : []),
    ...(load === undefined
      ? []
      : [`post_up = ["${load}"]`, `reload = "${load}"`, `down = "rm -f ${loaded}"`]),
    ...(load !== undefined && seconds % 2 === 0 ? [`uses = ["${path}"]`] : []),
  ];
}

function linkText({ ends, mtu, bw, queue, metric }: LabLink): string {
  const [a, b] = ends.map(({ node, device }) => `${node}:${device}`);
  return `{ ${[
    `endpoints = ["${a}", "${b}"]`,
    ...(mtu === undefined ? [] : [`mtu = ${mtu}`]),
    ...(bw === undefined ? [] : [`bw = "${bw}"`]),
    ...(queue === undefined ? [] : [`queue = ${queue}`]),
    `metric = ${metric}`,
    ...ends.flatMap(({ node, device, mac }) =>
      mac === undefined ? [] : [`"${node}:${device}".mac = "${mac}"`],
    ),
  ].join(", ")} }`;
}

function pairs(table: Readonly<Record<string, string>>): string {
  return Object.entries(table)
    .map(([key, value]) => `"${key}" = ${JSON.stringify(value)}`)
    .join(", ");
}

function list(texts: readonly string[]): string {
  return JSON.stringify(texts);
}
