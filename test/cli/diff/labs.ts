/* Two versions of one lab, with a change of every kind that a person thinks in. */

const template = (hello: number) => `# {{ node }}
router id {{ data.router_id }};
{{% for (const iface of Object.values(ifaces)) { %}}
interface "{{ iface.name }}" { hello ${hello}; bw {{ iface.bw }}; }
{{% } %}}
`;

const r0 = `[topology.nodes.r0]
phynode = "server1"
router_id = 1
sysctls = { "net.ipv4.ip_forward" = "0" }
exec = ["echo {{node}}"]
`;

const oldToml = `name = "lab"
[infrastructure.nodes.server1]
cores = [[1, 2, 3, 4]]
address = "192.0.2.1"
[infrastructure.nodes.server2]
cores = [[1, 2, 3, 4]]
address = "192.0.2.2"
[topology.defaults.nodes]
templates = { "router.eta" = "/etc/router/{{node}}.conf" }
pinned = { name = "router", cmd = "tail -f /etc/router/{{node}}.conf" }
[topology.defaults.links]
bw = "1gbit"
${r0}[topology.nodes.r1]
phynode = "server1"
router_id = 2
[topology.nodes.r2]
phynode = "server2"
router_id = 3
[topology.nodes.stub]
phynode = "server2"
router_id = 9
[topology]
links = [
  { endpoints = ["r0:eth0", "r1:eth0"] },
  { endpoints = ["r1:eth1", "r2:eth0"], latency = "5ms" },
  { endpoints = ["r2:eth1", "r0:eth1"] },
  { endpoints = ["stub:eth0", "r2:eth2"] },
]
`;

const newToml = oldToml
  .replace('"net.ipv4.ip_forward" = "0"', '"net.ipv4.ip_forward" = "1"')
  .replace('exec = ["echo {{node}}"]', 'exec = ["echo {{node}}", "echo again"]')
  .replace('[topology.nodes.r1]\nphynode = "server1"', '[topology.nodes.r1]\nphynode = "server2"')
  .replace(
    '[topology.nodes.stub]\nphynode = "server2"\nrouter_id = 9',
    '[topology.nodes.r3]\nphynode = "server1"\nrouter_id = 4',
  )
  .replace('{ endpoints = ["stub:eth0", "r2:eth2"] }', '{ endpoints = ["r3:eth0", "r0:eth2"] }')
  .replace('"r0:eth1"] }', '"r0:eth1"], bw = "100mbit", "r0:eth1".latency = "2ms" }');

export const oldLab = { "topology.toml": oldToml, "router.eta": template(1) };
export const newLab = { "topology.toml": newToml, "router.eta": template(2) };

/** The old one with comments and in another order. */
export const sameLab = {
  ...oldLab,
  "topology.toml": oldToml
    .replace(r0, "# r0 stands further below\n")
    .replace('bw = "1gbit"', 'bw = "1000mbit" # the same')
    .replace(
      "[topology]\n",
      `${r0.split("\n").slice(0, 1)}\n${r0.split("\n").slice(1, -1).reverse().join("\n")}\n[topology]\n`,
    ),
};
