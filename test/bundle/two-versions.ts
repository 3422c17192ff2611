import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compile, memoryFiles } from "@dune/core";

/** Two versions of one lab: from one to the other there is something of every kind to make, to change and to remove. */
export type Version = "a" | "b";

/** Writes a version's bundle for server1 into a folder of its own, and returns its path. */
export async function writeVersion(folder: string, version: Version): Promise<string> {
  const files = memoryFiles({ ...templates(version), "topology.toml": topology(version) });
  const { artifacts, diagnostics } = await compile({ file: "topology.toml" }, { files });
  if (artifacts === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const bundle = artifacts.files.find(({ path }) => path === "server1.run");
  mkdirSync(join(folder, version), { recursive: true });
  const path = join(folder, version, "server1.run");
  writeFileSync(path, Buffer.concat([...(bundle?.chunks ?? [])]));
  return path;
}

function templates(version: Version): Readonly<Record<string, string>> {
  const seconds = { a: "4011", b: "4012" }[version];
  return { "seconds.eta": `${seconds}\n`, "app.eta": `app of ${version}\n`, "same.eta": "the same\n" };
}

/** `a` or `b` in front of a line: in that version alone. */
function topology(version: Version): string {
  return text
    .split("\n")
    .filter((line) => !/^[ab] /.test(line) || line.startsWith(`${version} `))
    .map((line) => line.replace(/^[ab] /, ""))
    .join("\n");
}

const text = `
name = "small"

[infrastructure.nodes.server1]
cores = [[0, 1]]
oversubscribe = 40
address = "198.51.100.1"
mtu = 1500
a sysctls = { "net.ipv4.ip_default_ttl" = 77 }
b sysctls = { "net.ipv4.ip_default_ttl" = 78, "net.core.somaxconn" = 2000 }
binds = [{ src = "app.eta", dst = "/srv/shared/lab.conf" }]
b setup.pre = ["sleep 0.05"]

[infrastructure.nodes.server2]
cores = [[0, 1]]
address = "198.51.100.2"
mtu = 1500

[topology.defaults.nodes]
phynode = "server1"

[topology.nodes.ix]
kind = "bridge"

[topology.nodes.far]
unset = ["phynode"]
phynode = "server2"

[topology.nodes.r0]
a addrs.lo = ["10.1.0.1/32", "2001:db8:1::1/128"]
b addrs.lo = ["10.1.0.2/32", "10.1.0.1/32"]
addrs.eth0 = ["10.0.0.1/24", "2001:db8::1/64"]
a routes = [{ to = "192.0.2.0/24", via = "10.0.0.2" }]
b routes = [{ to = "192.0.2.0/25", via = "10.0.0.2" }]
a sysctls = { "net.ipv4.conf.default.rp_filter" = 1, "net.ipv4.conf.eth0.rp_filter" = 2 }
b sysctls = { "net.ipv6.conf.all.forwarding" = 1 }
private = ["/srv/own"]
a exec = ["sleep 0.02"]
b exec = ["sleep 0.02", "ip route add blackhole 203.0.113.1/32"]
templates."seconds.eta" = "/srv/made/seconds.conf"
templates."app.eta" = { dst = "/srv/made/here/app.conf", mode = "640", owner = "65534" }
a templates."same.eta" = "/srv/made/here/old/same.conf"
b templates."same.eta" = { dst = "/srv/own/same.conf", mode = "600" }

[[topology.nodes.r0.pinned]]
name = "idle"
cmd = "exec sleep 4000"
post_up = ["sleep 0.02"]

[[topology.nodes.r0.pinned]]
name = "reader"
cmd = "exec sleep $(cat /srv/made/seconds.conf)"
ready = "sleep 0.05"
post_up = ["sleep 0.05", "cat /srv/made/seconds.conf >{{dir}}/post"]
pre_down = ["sleep 0.02"]

[[topology.nodes.r0.pinned]]
name = "daemon"
a cmd = "setsid sleep 4020 & "
b cmd = "setsid sleep 4021 & "
post_up = ["cat /srv/made/here/app.conf >{{dir}}/loaded"]
reload = "cat /srv/made/here/app.conf >{{dir}}/loaded"

[topology.nodes.r1]
addrs.eth0 = ["10.0.0.2/24", "2001:db8::2/64"]
a exec = ["sleep 0.02"]
b exec = ["sleep 0.03"]
pinned = { name = "escaped", cmd = "env -i setsid sh -c 'sleep 4001 & sleep 4001' >/dev/null 2>&1 &" }

a [topology.nodes.old]
a pinned = { cmd = "exec sleep 4030", down = "sleep 0.02" }
b [topology.nodes.new]
b templates."app.eta" = "{{dir}}/app"
b pinned = { cmd = "exec sleep 4031", environ.APP = "{{dir}}/app" }

[topology]
links = [
a   { endpoints = ["r0:eth0", "r1:eth0"], mtu = 1400, bw = "10mbit" },
b   { endpoints = ["r0:eth0", "r1:eth0"], mtu = 1300, bw = "20mbit" },
  { endpoints = ["r0:eth1", "ix:p0"] },
a   { endpoints = ["r1:eth1", "ix:p1"] },
a   { endpoints = ["old:eth0", "ix:p2"] },
b   { endpoints = ["new:eth0", "ix:p1"] },
a   { endpoints = ["r1:vx0", "far:eth0"], mtu = 1400 },
b   { endpoints = ["r0:vx0", "far:eth0"], mtu = 1400 },
  { endpoints = ["ix:vx0", "far:eth1"], mtu = 1400 },
]
`;
