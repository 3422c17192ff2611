/** What `dune init` writes beside the topology: the schema that its first line names. */
export const schemaFile = "topology.schema.json";

/** What `dune init` writes: a lab that compiles, short enough to be read whole. */
export function firstTopology(name: string): string {
  return `#:schema ./${schemaFile}

# Two servers, a router on each, a host behind each router:
#
#      one server                the other
#   h1 ─────── r1 ═══ VXLAN ═══ r2 ─────── h2

name = "${name}"

# The servers. "dune rehearse" stands in for them on one machine, so these need not exist yet.

[infrastructure.nodes.server1]
cores = [[1, 2, 3]]        # one list for each NUMA node; core 0 is left to the kernel
address = "192.0.2.1"      # where the other servers reach it

[infrastructure.nodes.server2]
cores = [[1, 2, 3]]
address = "192.0.2.2"

# What holds for some nodes or for all links.

[topology.groups.routers]
nodes = ["r*"]
separate = "router"        # never two of them on one server
sysctls = { "net.ipv6.conf.all.forwarding" = "1" }

[topology.defaults.links]
bw = "1gbit"

# The nodes: each is a network namespace of its own.

[topology.nodes.h1]
addrs.eth0 = ["2001:db8:1::2/64"]
routes = [{ to = "default", via = "2001:db8:1::1" }]

[topology.nodes.r1]
addrs.eth0 = ["2001:db8:1::1/64"]
addrs.eth1 = ["2001:db8:12::1/64"]
routes = [{ to = "2001:db8:2::/64", via = "2001:db8:12::2" }]

[topology.nodes.r2]
addrs.eth0 = ["2001:db8:2::1/64"]
addrs.eth1 = ["2001:db8:12::2/64"]
routes = [{ to = "2001:db8:1::/64", via = "2001:db8:12::1" }]

[topology.nodes.h2]
addrs.eth0 = ["2001:db8:2::2/64"]
routes = [{ to = "default", via = "2001:db8:2::1" }]

# A process on a core of its own, in h1:
#
# [[topology.nodes.h1.pinned]]
# cmd = "iperf3 --client 2001:db8:2::2 --time 0"

[topology]
links = [
  { endpoints = ["h1:eth0", "r1:eth0"] },
  { endpoints = ["r2:eth0", "h2:eth0"] },
  { endpoints = ["r1:eth1", "r2:eth1"], bw = "100mbit", latency = "10ms" },   # crosses from server to server
]
`;
}
