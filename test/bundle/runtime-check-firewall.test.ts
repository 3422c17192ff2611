import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { check, far, find, type Row } from "./check-rows.js";
import { writeBundle } from "./payload.js";
import { isRoot, joinPhynodes, type Phynode, startPhynode } from "./phynode.js";

describe.skipIf(!isRoot || find("nft") === "")("check of the firewall", () => {
  let server: Phynode;
  let other: Phynode;
  beforeAll(() => {
    server = startPhynode();
    other = startPhynode();
    joinPhynodes(server, other, 1500);
    server.run("ip addr add 2001:db8:9::1/64 dev und nodad");
  });
  afterAll(() => {
    server.stop();
    other.stop();
  });
  afterEach(() => {
    server.run("nft flush ruleset");
  });

  const [one, two, three] = ["198.51.100.2", "198.51.100.3", "2001:db8:9::2"] as const;
  const four = (): string => writeBundle(server.folder, far("198.51.100.1", one, two));
  const six = (): string => writeBundle(server.folder, far("2001:db8:9::1", three));
  const chain = (rules: string, policy = "drop"): string => `nft -f - <<'RULES'
table inet filter {
  set known { type ipv4_addr; elements = { 10.1.1.1, 10.1.1.2 }; }
  chain input {
    type filter hook input priority 0; policy ${policy};
    ct state established,related accept
    iifname "lo" accept
    tcp dport { 22, 80 } accept
    ${rules}
  }
  chain forward { type filter hook forward priority 0; policy drop; }
}
RULES`;
  const firewall = (bundle: string): readonly Row[] => {
    const { code, rows } = check(server, bundle);
    expect(code).toBe(0);
    return rows.filter(({ what }) => what === "firewall");
  };

  test("none, or one that drops nothing here, is fine", () => {
    expect(firewall(four())).toMatchObject([{ state: "ok" }]);
    server.run(chain("ip saddr 10.0.0.0/8 drop", "accept"));
    expect(firewall(four())).toMatchObject([{ state: "ok" }]);
  });

  test("one that drops what no rule accepts: the rule that it needs works", () => {
    expect(server.run(chain("ip saddr @known accept")).code).toBe(0);
    const said = firewall(four());
    expect(said).toEqual([
      {
        what: "firewall",
        state: "warning",
        text: `the firewall (inet filter, chain input) seems to drop VXLAN (UDP port 4789) from ${one}, ${two}`,
        fix: `nft insert rule inet filter input ip saddr { ${one}, ${two} } udp dport 4789 accept`,
      },
    ]);
    expect(server.run(said[0]?.fix ?? "").code).toBe(0);
    expect(firewall(four())).toMatchObject([{ state: "ok" }]);
    const v6 = firewall(six());
    expect(v6[0]?.fix).toBe(`nft insert rule inet filter input ip6 saddr { ${three} } udp dport 4789 accept`);
    expect(server.run(v6[0]?.fix ?? "").code).toBe(0);
    expect(firewall(six())).toMatchObject([{ state: "ok" }]);
  });

  test.each([
    ["by port", "udp dport 4789 counter accept", ""],
    ["by a set of ports", "udp dport { 53, 4000-5000 } accept", ""],
    ["by device", 'iifname "und" log prefix "let in " accept comment "the lab"', ""],
    ["by network", "ip saddr 198.51.100.0/24 meta l4proto udp accept", ""],
    ["by state", "ct state new,established udp dport 4789 accept", ""],
    ["for one of two", `ip saddr ${one} accept`, two],
    ["for another device", 'iifname "eth7" accept', `${one}, ${two}`],
    ["for another port", "udp dport 4790 accept", `${one}, ${two}`],
    ["after a rule that rejects all", "reject\nudp dport 4789 accept", `${one}, ${two}`],
    ["at a limited rate", "limit rate 10/second udp dport 4789 accept", `${one}, ${two}`],
    ["for all but", `ip saddr != ${one} accept`, `${one}, ${two}`],
  ])("accepted %s", (_, rule, dropped) => {
    expect(server.run(chain(rule)).code).toBe(0);
    const said = firewall(four());
    if (dropped === "") expect(said).toMatchObject([{ state: "ok" }]);
    else expect(said).toMatchObject([{ state: "warning", text: expect.stringMatching(`from ${dropped}$`) }]);
  });

  test("accepted by a chain that it jumps to", () => {
    const rules = (verdict: string): string => `nft -f - <<'RULES'
table inet filter {
  chain lab {
    iifname "lo" return
    udp dport 4789 ${verdict}
  }
  chain input {
    type filter hook input priority 0; policy accept;
    jump lab
    drop
  }
}
RULES`;
    expect(server.run(rules("accept")).code).toBe(0);
    expect(firewall(four())).toMatchObject([{ state: "ok" }]);
    server.run(`nft flush ruleset; ${rules("return")}`);
    expect(firewall(four())).toMatchObject([{ state: "warning" }]);
  });

  test.skipIf(find("iptables") === "").each(["iptables-legacy", "iptables-nft"])(
    "the rules of %s",
    (tool) => {
      const tool6 = tool.replace("ip", "ip6");
      const shown = tool.replace("-nft", "");
      const run = (script: string): void => {
        const done = server.run(
          `iptables() { ${tool} "$@"; }; ip6tables() { ${tool6} "$@"; }; set -e\n${script}`,
        );
        expect(done).toMatchObject({ code: 0 });
      };
      run(`iptables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      iptables -A INPUT -i lo -j ACCEPT
      iptables -A INPUT -p tcp -m tcp --dport 22 -m comment --comment "let me in" -j ACCEPT
      iptables -N lab; iptables -A INPUT -p udp -j lab; iptables -A lab -p udp --dport 4790 -j ACCEPT
      iptables -P INPUT DROP; ip6tables -A INPUT -j REJECT`);
      const said = firewall(four());
      expect(said).toEqual([
        {
          what: "firewall",
          state: "warning",
          text: `the firewall (ip ${tool === "iptables-nft" ? "filter" : tool}, chain INPUT) seems to drop VXLAN (UDP port 4789) from ${one}, ${two}`,
          fix: `${shown} -I INPUT -p udp --dport 4789 -s ${one},${two} -j ACCEPT`,
        },
      ]);
      run(said[0]?.fix ?? "");
      expect(firewall(four())).toMatchObject([{ state: "ok" }]);
      const v6 = firewall(six());
      expect(v6[0]?.fix).toBe(
        `${shown.replace("ip", "ip6")} -I INPUT -p udp --dport 4789 -s ${three} -j ACCEPT`,
      );
      run(v6[0]?.fix ?? "");
      expect(firewall(six())).toMatchObject([{ state: "ok" }]);
      run("iptables -P INPUT ACCEPT; iptables -F; iptables -X; ip6tables -F");
    },
  );

  test("up says it and goes on", () => {
    server.run(chain(""));
    const up = server.run(`sh ${four()} up`);
    expect(up.code).toBe(0);
    expect(up.stderr).toContain("warning: the firewall (inet filter, chain input) seems to drop VXLAN");
    expect(server.run(`sh ${four()} down`).code).toBe(0);
  });
});
