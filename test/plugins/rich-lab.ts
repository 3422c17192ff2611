import { type CompileInput, type CompileOptions, compile, memoryFiles, type Plugin } from "@dune/core";

/** A lab with some of everything that a topology can hold. */
export const richLab = `
name = "rich"
[params]
rate = "1gbit"
[infrastructure]
namespace_prefix = "lab-"
[infrastructure.defaults]
tags = ["rack1"]
[infrastructure.nodes.s1]
cores = [[1, 2, 3, 4], [5, 6]]
address = "192.0.2.1"
interface = "eno1"
mtu = 9000
setup.pre = ["modprobe vxlan"]
binds = [{ src = "probe.sh", dst = "/usr/local/bin/probe", exec = true }]
sysctls = { "net.core.rmem_max" = 4194304 }
[infrastructure.nodes.s2]
cores = [[1, 2, 3]]
address = "192.0.2.2"
[topology.defaults.nodes]
exec = ["true"]
[topology.defaults.links]
latency = "5ms"
[topology.groups.edge]
nodes = ["a", "b"]
sysctls = { "net.ipv6.conf.all.forwarding" = "1" }
[topology.nodes.a]
colour = "red"
addrs.lo = ["2001:db8::1/128"]
addrs.eth0 = ["2001:db8:1::1/64", "10.0.0.1/24"]
routes = [{ to = "::/0", via = "2001:db8:1::2" }, { to = "10.9.0.0/16", dev = "eth0", metric = 5 }]
phynode = "s1"
exec = ["echo {{node}}"]
templates = { "a.conf.eta" = "{{dir}}/a.conf", "b.conf.eta" = { dst = "/etc/{{node}}.conf", mode = "600", owner = "frr:frr" } }
private = ["/run/frr", { path = "/var/frr", mode = "750" }]
pinned = [
  { cmd = "bird -f -c {{dir}}/a.conf", environ = { LANG = "C" }, ready = "true", post_up = ["echo {{core_0}}"], reload = "true", uses = ["/etc/a.conf"] },
  { name = "probe", cmd = "probe {{core_1}}", down = "true", pre_down = ["true"] },
]
results = ["{{dir}}/out.log"]
[topology.nodes.b]
separate = "x"
sysctls = { "net.ipv4.conf.eth0.rp_filter" = "2" }
[topology.nodes.c]
tags = ["rack1"]
colocate = ["y"]
[topology.nodes.sw]
kind = "bridge"
[topology]
links = [
  { endpoints = ["a:eth0", "sw:p0"], bw = "1gbit", "a:eth0".jitter = "1ms" },
  { endpoints = ["b:eth0", "sw:p1"], mtu = 1400, "b:eth0".mac = "02:00:00:00:00:01", loss = "0.1%" },
  { endpoints = ["c:eth0", "sw:p2"] },
  { endpoints = ["a:eth1", "b:eth1"] },
]
`;

/** The same with programs, which no plugin can make unused by one change. */
export const programLab = `${richLab
  .replace(
    'setup.pre = ["modprobe vxlan"]',
    'setup.pre = ["modprobe vxlan", "{{bin.probe}} {{bin.agent}} --setup"]',
  )
  .replace('exec = ["true"]', `exec = ["{{bin.probe}}", '{{bin["udp-probe"]}}', "{{bin.agent}}"]`)
  .replace("[topology.nodes.c]", '[topology.nodes.c]\nbinaries = ["probe", "agent", "udp-probe"]')}
[binaries.probe]
builder = "cc"
flags = ["-O3", "-DRATE={{param.rate}}"]
environ = { LEVEL = 3, ARCH = "{{target.arch}}" }
[binaries.udp-probe]
builder = "command"
command = "$CC -o {{out}} {{name}}.c"
inputs = ["*.c"]
static = false
[binaries.agent]
builder = "make"
source = "../agent"
output = "src/agent"
targets = ["all"]
variables = { PREFIX = "/usr", LAB = "{{lab}}" }
timeout = "300s"
[toolchains."linux/arm64"]
cc = "clang --target=aarch64-linux-gnu"
triple = "aarch64-linux-gnu"
[toolchains."linux/amd64/musl"]
ar = "llvm-ar"
`;

export const richFiles = {
  "topology.toml": richLab,
  "a.conf.eta": "id {{ node }}\n",
  "b.conf.eta": "colour {{ data.colour }}\n",
  "probe.sh": "#!/bin/sh\n",
};

export function compileRich(
  plugins: readonly Plugin[],
  {
    text = richLab,
    until,
    ...input
  }: Partial<CompileInput> & Pick<CompileOptions, "until"> & { readonly text?: string } = {},
) {
  const files = memoryFiles({ ...richFiles, "topology.toml": text });
  return compile({ file: "topology.toml", ...input }, { files, plugins, ...(until && { until }) });
}
