import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile, memoryFiles } from "@dune/core";
import jinja from "@dune/plugin-jinja";
import { describe, expect, test } from "vitest";

const topology = `
name = "lab"
plugins = ["jinja"]

[infrastructure.nodes.s1]
cores = 4

[topology.defaults.nodes.templates]
"templates/bird.tmpl" = "/tmp/{{node}}/bird.conf"
"templates/frr.conf.j2" = "/tmp/{{node}}/frr.conf"

[topology.defaults.links]
metric = 10

[topology.nodes.r0]
addrs.lo = ["10.0.0.1/32", "fc00::1/128"]
addrs.eth0 = ["10.1.0.1/30", "2001:db8:1::1/64"]
asn = 65000
neighbors = [{ address = "10.1.0.2", asn = 65001 }, { address = "2001:db8:1::2", asn = 65001 }]

[topology.nodes.r1]
addrs.lo = ["10.0.0.2/32", "fc00::2/128"]
addrs.eth0 = ["10.1.0.2/30", "2001:db8:1::2/64"]
ecmp = "yes"

[topology]
links = [
  { endpoints = ["r0:eth0", "r1:eth0"], latency = "5ms" },
  { endpoints = ["r0:eth1", "r1:eth1"], metric = 100 },
]
`;

/** In the way of upstream's README, and of what its users add to it. */
const bird = `{# One configuration for all routers. #}
router id {{ ctx_addrs.lo|ipv4('address')|first }};
{% include "lib/common.conf" %}
protocol kernel {
  learn yes;
  ipv6 {
    export filter {
      if source = RTS_OSPF then accept;
      reject;
    };
    import all;
  };
}

protocol ospf v3 {
  debug all;
  ecmp {{data['ecmp'] if 'ecmp' in data else 'no'}};
  ipv6 {
    import all;
    export all;
  };
  area 0 {
  {% for iface, iface_data in ifaces.items() %}
    interface "{{iface}}" { # {{ iface_data.ctx_mac }}, to {{ iface_data.peer.node }}
      cost {{iface_data.metric}};
      {% if iface_data.latency %}# {{ iface_data.latency }}
      {% endif -%}
      link lsa suppression yes;
      hello 5;
      type {{ "ptp" if iface_data.kind == "veth" else "bcast" }};
    };
  {% endfor %}
    interface "lo" {
      stub yes;
    };
  };
}
{% from "lib/bgp.conf" import session -%}
{% for neighbor in ctx.neighbors|default([]) -%}
{{ session(loop.index, neighbor, ctx.asn) }}
{%- endfor %}
`;

const common = `log stderr all;
protocol device { scan time 10; }
protocol static {
  ipv6;
{%- for iface, addrs in ctx_addrs.items() if iface != "lo" %}{% for addr in addrs|ipv6 %}
  route {{ addr|ipaddr('subnet') }} via "{{ iface }}";
{%- endfor %}{% endfor %}
}
`;

const bgp = `{% macro session(n, neighbor, asn) %}
protocol bgp peer{{ n }} {
  local as {{ asn }};
  neighbor {{ neighbor.address }} as {{ neighbor.asn }};
  {{ "ipv6" if neighbor.address|ipv6 else "ipv4" }} { import all; export all; };
}
{% endmacro %}`;

const frr = `frr defaults datacenter
hostname {{ node }}
{% for name, i in ifaces.items() %}
interface {{ name }}
{%- for a in i.ctx_addrs %}
 {{ "ipv6" if a.prefix|ipv6 else "ip" }} address {{ a.prefix }}/{{ a.plen }}
{%- endfor %}
 ip ospf cost {{ i.metric }}
!
{%- endfor %}
{% if 'asn' in ctx %}
router bgp {{ ctx.asn }}
{%- for n in ctx.neighbors %}
 neighbor {{ n.address }} remote-as {{ n.asn }}{{ "\\nexit" if loop.last }}
{%- endfor %}
{% endif %}
access-list local permit {{ ctx_addrs.lo[0]|ipaddr('network') }} {{ ctx_addrs.lo[0]|ipaddr('wildcard') }}
`;

async function files() {
  const { rendering, diagnostics } = await compile(
    { file: "topology.toml" },
    {
      files: memoryFiles({
        "topology.toml": topology,
        "templates/bird.tmpl": bird,
        "templates/lib/common.conf": common,
        "templates/lib/bgp.conf": bgp,
        "templates/frr.conf.j2": frr,
      }),
      plugins: [jinja],
      until: "render",
    },
  );
  expect(diagnostics).toEqual([]);
  const written = rendering?.nodes.flatMap((node) => node.files) ?? [];
  return new Map(written.map(({ path, content }) => [path, "text" in content ? content.text : ""]));
}

const hasBird = spawnSync("bird", ["--version"]).status === 0;

describe("configurations of routers", () => {
  test.runIf(hasBird)("BIRD takes what it gets, on each router", async () => {
    const folder = mkdtempSync(join(tmpdir(), "dune-jinja-"));
    try {
      for (const router of ["r0", "r1"]) {
        const text = (await files()).get(`/tmp/${router}/bird.conf`) ?? "";
        expect(text).not.toBe("");
        writeFileSync(join(folder, "bird.conf"), text);
        execFileSync("bird", ["-p", "-c", join(folder, "bird.conf")], { stdio: "pipe" });
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("what BIRD gets", async () => {
    const written = await files();
    const text = written.get("/tmp/r0/bird.conf")?.replace(/\n\s*\n+/g, "\n");
    expect(text).toMatchInlineSnapshot(`
      "
      router id 10.0.0.1;
      log stderr all;
      protocol device { scan time 10; }
      protocol static {
        ipv6;
        route 2001:db8:1::/64 via "eth0";
      }
      protocol kernel {
        learn yes;
        ipv6 {
          export filter {
            if source = RTS_OSPF then accept;
            reject;
          };
          import all;
        };
      }
      protocol ospf v3 {
        debug all;
        ecmp no;
        ipv6 {
          import all;
          export all;
        };
        area 0 {
          interface "eth0" { # 02:55:19:ea:6a:73, to r1
            cost 10;
            # 5ms
            link lsa suppression yes;
            hello 5;
            type ptp;
          };
          interface "eth1" { # 02:e5:fd:6a:b9:9f, to r1
            cost 100;
            link lsa suppression yes;
            hello 5;
            type ptp;
          };
          interface "lo" {
            stub yes;
          };
        };
      }
      protocol bgp peer1 {
        local as 65000;
        neighbor 10.1.0.2 as 65001;
        ipv4 { import all; export all; };
      }
      protocol bgp peer2 {
        local as 65000;
        neighbor 2001:db8:1::2 as 65001;
        ipv6 { import all; export all; };
      }
      "
    `);
    expect(written.get("/tmp/r1/bird.conf")).toContain("  ecmp yes;\n");
    expect(written.get("/tmp/r1/bird.conf")).not.toContain("bgp");
  });

  test("what FRR gets", async () => {
    expect((await files()).get("/tmp/r0/frr.conf")).toMatchInlineSnapshot(`
      "frr defaults datacenter
      hostname r0

      interface eth0
       ip address 10.1.0.1/30
       ipv6 address 2001:db8:1::1/64
       ip ospf cost 10
      !
      interface eth1
       ip ospf cost 100
      !

      router bgp 65000
       neighbor 10.1.0.2 remote-as 65001
       neighbor 2001:db8:1::2 remote-as 65001
      exit

      access-list local permit 10.0.0.1 0.0.0.0
      "
    `);
  });
});
