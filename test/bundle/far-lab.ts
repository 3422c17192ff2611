import { type HandMadeLab, node } from "./payload.js";

/** What of the tunnel is not as it usually is. */
export interface Far {
  readonly mtu?: number;
  readonly vni?: number;
  readonly port?: string;
  /** Begins the nodes' names. */
  readonly at?: string;
  readonly rate?: number;
}

/** r1 of server1 and r2 of server2, joined by a tunnel. */
export function farLab(
  side: 1 | 2,
  { mtu = 1450, vni = 77, port = "4789", at = "r", rate = 100_000_000 }: Far = {},
): HandMadeLab {
  const other = side === 1 ? 2 : 1;
  const [here, there] = [`198.51.100.${side}`, `198.51.100.${other}`];
  const own = `${at}${side}`;
  return {
    lab: "far",
    phynode: `server${side}`,
    keys: { address: here, vxlan_port: port },
    tables: [
      node(own),
      {
        tunnels: [[own, "eth0", 2, `02:00:00:00:00:0${side}`, mtu, vni, here, there, "r1:eth0-r2:eth0"]],
        interfaces: [[own, "eth0", "-"]],
        addresses: [[own, "eth0", `2001:db8::${side}/64`]],
        qdiscs: [[own, "eth0", rate, 20_000, "-", "-"]],
      },
    ],
  };
}
