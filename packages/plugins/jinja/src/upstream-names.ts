import type { ContextContribution, PlacedNode } from "@dune/core";

/** An address as upstream's templates know it: `prefix` is the address itself, without its length. */
interface UpstreamAddress {
  readonly prefix: string;
  readonly plen: number;
}

interface CoreAddress {
  readonly address: string;
  readonly plen: number;
}

/** `ctx_addrs` and `ctx_mac` by interface, for those who look there and not in `ifaces`. */
export const upstreamNames: ContextContribution = {
  node: {
    ctx_addrs: ({ node }: PlacedNode) =>
      Object.fromEntries(
        node.addresses.map((entry) => [entry.interface, upstreamAddresses(entry.addresses)]),
      ),
    ctx_mac: ({ node }: PlacedNode) =>
      Object.fromEntries(node.interfaces.map(({ name, mac }) => [name, mac])),
  },
};

/** The values with `ctx_addrs` and `ctx_mac` in each interface of `ifaces`, where upstream has them. */
export function withUpstreamNames(ifaces: unknown): unknown {
  if (typeof ifaces !== "object" || ifaces === null) return ifaces;
  const entries = Object.entries(ifaces as Record<string, { addrs: readonly CoreAddress[]; mac: string }>);
  return Object.fromEntries(
    entries.map(([name, iface]) => [
      name,
      { ...iface, ctx_addrs: upstreamAddresses(iface.addrs), ctx_mac: iface.mac },
    ]),
  );
}

function upstreamAddresses(addresses: readonly CoreAddress[]): readonly UpstreamAddress[] {
  return addresses.map(({ address, plen }) => ({ prefix: address, plen }));
}
