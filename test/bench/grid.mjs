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
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const here = y * width + x;
      const right = y * width + ((x + 1) % width);
      const below = ((y + 1) % height) * width + x;
      lines.push(`  { endpoints = ["n${here}:east", "n${right}:west"] },`);
      lines.push(`  { endpoints = ["n${here}:south", "n${below}:north"] },`);
    }
  }
  lines.push("]", "");
  return { "topology.toml": lines.join("\n"), "bird.conf.eta": template };
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
