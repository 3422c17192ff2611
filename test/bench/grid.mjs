/**
 * A lab on a torus of `width` × `height` nodes (2 links each), a process and a template for every node, on 4 phynodes.
 * Returns the files of its folder.
 */
export function gridLab(width, height) {
  const count = width * height;
  const perPhynode = Math.ceil((count / 4) * 1.1);
  const cores = Array.from({ length: 64 }, (_, core) => core + 1);
  const lines = ['name = "grid"', ""];
  for (let index = 1; index <= 4; index++) {
    lines.push(
      `[infrastructure.nodes.server${index}]`,
      `cores = [[${cores.slice(0, 32)}], [${cores.slice(32)}]]`,
      `address = "192.0.2.${index}"`,
      `oversubscribe = ${Math.ceil(perPhynode / 64)}`,
      `limits.nodes = ${perPhynode}`,
      "",
    );
  }
  lines.push(
    "[topology.defaults.nodes]",
    'sysctls = { "net.ipv6.conf.all.forwarding" = "1" }',
    'templates = { "bird.conf.eta" = "{{dir}}/bird.conf" }',
    "[[topology.defaults.nodes.pinned]]",
    'cmd = "bird -f -c {{dir}}/bird.conf -s {{dir}}/bird.ctl"',
    "[topology.defaults.links]",
    'latency = "5ms"',
    'bw = "1gbit"',
    "",
  );
  for (let index = 0; index < count; index++) {
    lines.push(`[topology.nodes.n${index}]`, `addrs.lo = ["2001:db8::${(index + 1).toString(16)}/128"]`);
  }
  lines.push("", "[topology]", "links = [");
  for (const [a, b] of torus(width, height))
    lines.push(`  { endpoints = ["n${a.node}:${a.name}", "n${b.node}:${b.name}"] },`);
  lines.push("]", "");
  return { "topology.toml": lines.join("\n"), "bird.conf.eta": template };
}

/**
 * A torus of `width` × `height` nodes as a network alone: an address per end, one sysctl per node, no shaping; `commands`
 * are started in every node, on `cores`. Where there are several servers each has an underlay address, 198.51.100.<index>.
 */
export function gridNetwork(width, height, { servers = 1, commands = [], cores = [0] } = {}) {
  const count = width * height;
  const perServer = Math.ceil((count / servers) * (servers > 1 ? 1.1 : 1));
  const lines = ['name = "grid"'];
  for (let index = 1; index <= servers; index++) {
    lines.push(
      `[infrastructure.nodes.server${index}]`,
      `cores = [[${cores}]]`,
      `oversubscribe = ${Math.max(1, Math.ceil((perServer * commands.length) / cores.length))}`,
      `limits.nodes = ${perServer}`,
      ...(servers > 1 ? [`address = "198.51.100.${index}"`] : []),
    );
  }
  lines.push("[topology.defaults.nodes]", 'sysctls = { "net.ipv6.conf.all.forwarding" = "1" }');
  for (const [index, command] of commands.entries())
    lines.push("[[topology.defaults.nodes.pinned]]", `name = "p${index}"`, `cmd = "${command}"`);
  const links = torus(width, height);
  const nodes = Array.from({ length: count }, (_, node) => [`[topology.nodes.n${node}]`]);
  for (const [index, ends] of links.entries())
    for (const [side, { node, name }] of ends.entries())
      nodes[node].push(`addrs.${name} = ["${addressOf(index, side)}/30"]`);
  lines.push(...nodes.flat());
  lines.push("[topology]", "links = [");
  for (const [a, b] of links)
    lines.push(`  { endpoints = ["n${a.node}:${a.name}", "n${b.node}:${b.name}"] },`);
  lines.push("]", "");
  return lines.join("\n");
}

/** The links of a torus: of each node one to the east and one to the south, as pairs of node and interface. */
function torus(width, height) {
  const links = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const here = y * width + x;
      const right = y * width + ((x + 1) % width);
      const below = ((y + 1) % height) * width + x;
      links.push([end(here, "east"), end(right, "west")], [end(here, "south"), end(below, "north")]);
    }
  }
  return links;
}

function end(node, name) {
  return { node, name };
}

/** A /30 of 10.0.0.0/8 for each link. */
function addressOf(link, side) {
  const number = link * 4 + side + 1;
  return `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
}

const template = `router id {{ Object.keys(ifaces).length }};
protocol ospf v3 {
  area 0 {
{{% for (const iface of Object.values(ifaces)) { %}}
    interface "{{ iface.name }}" { cost {{ iface.metric }}; };  # {{ iface.peer.node }}, {{ iface.latency }}
{{% } %}}
  };
}
`;

/** A torus of routers with BIRD in OSPF, an address per end; the link n0:east has `rate`. Returns the files of its folder. */
export function ospfGrid(width, height, { rate, cores }) {
  const commands = ["bird -f -s {{dir}}/bird.ctl -c {{dir}}/bird.conf"];
  const lines = gridNetwork(width, height, { commands, cores }).split("\n");
  const defaults = lines.indexOf("[topology.defaults.nodes]");
  lines.splice(defaults + 1, 0, 'templates = { "bird.conf.eta" = "{{dir}}/bird.conf" }');
  const first = lines.findIndex((line) => line.includes('"n0:east"'));
  lines[first] = lines[first].replace("] }", `], bw = "${rate}" }`);
  return { "topology.toml": lines.join("\n"), "bird.conf.eta": router };
}

const router = `log "{{dir}}/bird.log" all;
router id {{ addrs.east[0].address }};
protocol device {}
protocol ospf v2 {
  debug { events };
  ipv4 {};
  area 0 {
    interface "east", "west", "south", "north" { type ptp; };
  };
}
`;
