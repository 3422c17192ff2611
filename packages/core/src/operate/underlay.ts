import { ethernetMtu } from "../phases/2-resolve/mtu.js";
import type { Phynode } from "../phases/2-resolve/topology.js";
import { type Finished, runIn } from "./enter.js";
import type { Room, Server } from "./servers.js";

/** What a server's underlay device is called where the topology names none. */
const defaultDevice = "underlay0";

/** The switch in the room that joins all servers. */
const bridge = "underlay";

/**
 * Gives each phynode with an address a device on one switch, so that VXLAN crosses a network: the declared name, address
 * and MTU, and a route to each of the others.
 * @returns what could not be done
 */
export async function layUnderlay(room: Room, phynodes: readonly Phynode[]): Promise<string | undefined> {
  const joined = phynodes.flatMap((phynode) => {
    const server = room.servers.find((each) => each.phynode === phynode.name);
    return phynode.address === undefined || server === undefined
      ? []
      : [{ phynode, server, address: phynode.address }];
  });
  if (joined.length === 0) return undefined;
  const ports = joined.map(({ phynode, server }, index) => portLine(phynode, server, index));
  const made = await batch(room, [
    `link add name ${bridge} type bridge`,
    `link set dev ${bridge} up`,
    ...ports,
  ]);
  if (made.exitCode !== 0) return failure("the underlay", made);
  for (const { phynode, server, address } of joined) {
    const device = deviceOf(phynode);
    const others = joined.filter((each) => each.server !== server && isSameFamily(each.address, address));
    const set = await batch(server, [
      `addr add ${address}/${address.includes(":") ? "128 nodad" : "32"} dev ${device}`,
      `link set dev ${device} up`,
      ...others.map((other) => `route add ${other.address} dev ${device}`),
    ]);
    if (set.exitCode !== 0) return failure(`the underlay of ${phynode.name}`, set);
  }
  const up = await batch(
    room,
    joined.map((_, index) => `link set dev port${index} master ${bridge} up`),
  );
  return up.exitCode === 0 ? undefined : failure("the underlay", up);
}

function deviceOf({ interface: device }: Phynode): string {
  return device ?? defaultDevice;
}

function portLine(phynode: Phynode, { pid }: Server, index: number): string {
  const mtu = phynode.mtu ?? ethernetMtu;
  return `link add name port${index} mtu ${mtu} type veth peer name ${deviceOf(phynode)} mtu ${mtu} netns ${pid}`;
}

function batch(place: Room | Server, lines: readonly string[]): Promise<Finished> {
  return runIn(place, ["ip", "-batch", "-"], { networkOnly: true, input: `${lines.join("\n")}\n` });
}

function isSameFamily(a: string, b: string): boolean {
  return a.includes(":") === b.includes(":");
}

function failure(what: string, { stderr }: Finished): string {
  return `${what} cannot be made: ${stderr.trim()}`;
}
