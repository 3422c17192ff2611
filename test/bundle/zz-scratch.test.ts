import { test } from "vitest";
import { node, writeBundle, type Tables } from "./payload.js";
import { startPhynode } from "./phynode.js";
function big(n: number, rate: number): Tables[] {
  const t: Tables[] = [];
  const mac = (i: number, j: number) => `02:00:00:0${j}:${(i >> 8).toString(16).padStart(2, "0")}:${(i & 255).toString(16).padStart(2, "0")}`;
  for (let i = 0; i < n; i++) {
    const j = (i + 1) % n;
    t.push(node(`r${i}`), {
      veths: [[`r${i}`, "eth0", 1000001, mac(i, 0), `r${j}`, "eth1", 1000002, mac(i, 1), 1500, `r${i}:eth0-r${j}:eth1`],
       [`r${i}`, "eth2", 1000003, mac(i, 2), `r${(i + 7) % n}`, "eth3", 1000004, mac(i, 3), 1500, `r${i}:eth2-r${(i + 7) % n}:eth3`]],
      interfaces: ["eth0", "eth1", "eth2", "eth3"].map((e) => [`r${i}`, e, "-"]),
      addresses: [[`r${i}`, "eth0", `2001:db8:${i.toString(16)}::1/64`], [`r${j}`, "eth1", `2001:db8:${i.toString(16)}::2/64`]],
      qdiscs: ["eth0", "eth1", "eth2", "eth3"].map((e) => [`r${i}`, e, i === 5 && e === "eth0" ? rate : 10000000, 20000, "-", "-"]),
      sysctls: [3, 4, 5, 6, 7, 8].map((k) => [`r${i}`, 1, `000${k}`, `net/ipv4/conf/all/${["", "", "", "forwarding", "rp_filter", "arp_ignore", "accept_redirects", "send_redirects", "log_martians"][k]}`, k === 3 ? 1 : 0]),
      routes: [1, 2, 3].map((k) => [`r${i}`, `000${k}`, 6, `2001:db8:f${k}::/48 via 2001:db8:${i.toString(16)}::2`]),
    });
  }
  return t;
}
test("x", { timeout: 200000 }, () => {
  const a = startPhynode();
  const one = writeBundle(a.folder, { lab: "big", phynode: "server1", keys: { version: "1" }, tables: big(300, 10000000) });
  console.log(a.run(`cp ${one} /srv/one; sh /srv/one up`).stderr);
  const two = writeBundle(a.folder, { lab: "big", phynode: "server1", keys: { version: "2" }, tables: big(300, 20000000) });
  console.log(a.run(`cp ${two} /srv/two; for k in 1 2 3 4; do for b in two one; do sh /srv/$b apply; done; done; sh /srv/one apply --dry-run; time sh /srv/one apply; time sh /srv/one status | head -1; time sh /srv/one apply --dry-run;
   cp /srv/one /srv/three; sh -x /srv/two apply --dry-run 2>&1 | grep -c .; which strace bash`));
  console.log(a.run(`DUNE_T=1 bash -c 'PS4="+\\$EPOCHREALTIME "; set -x; . /srv/two apply' 2>&1 | grep -E "^\\++[0-9.]+ (plan_|stage_|check_|expand_|print_|go_ahead|step |commit|find_|need_|lock|write_|in_names|say|finish|awk|unpack)" | cut -c1-90`).stdout);
  a.stop();
});
