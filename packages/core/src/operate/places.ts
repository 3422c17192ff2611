import type { Placement } from "../phases/3-allocate/placement.js";
import { enterArguments, runIn, systemEnvironment } from "./enter.js";
import { scriptPath } from "./scripts.js";
import type { Room, Server } from "./servers.js";

/** Where a server keeps its bundle. */
export function bundlePath(phynode: string): string {
  return `/root/${phynode}.run`;
}

/** Writes down, in the room, where each node and server is: what the command `on` reads. */
export async function writePlaces(room: Room, placement: Placement): Promise<void> {
  const user = room.isRoot ? "root" : "user";
  const servers = room.servers.map(({ phynode, pid }) => ["server", phynode, pid, user, bundlePath(phynode)]);
  const nodes = placement.nodes.flatMap(({ node, phynode }) => {
    const server = room.servers.find((each) => each.phynode === phynode.name);
    return server === undefined ? [] : [["node", node.name, server.pid, user, bundlePath(phynode.name)]];
  });
  const text = [...servers, ...nodes].map((words) => `${words.join(" ")}\n`).join("");
  await runIn(room, ["sh", "-c", "cat >/tmp/places"], { input: text });
}

/** The environment in which `on NODE COMMAND…` works, from anywhere on this machine. */
export function commandEnvironment(room: Room): NodeJS.ProcessEnv {
  const { PATH } = systemEnvironment();
  return { ...process.env, PATH: `${scriptPath("bin")}:${PATH}`, DUNE_REHEARSAL: String(room.pid) };
}

/** A command line that runs a shell on a server; it works in any terminal of the same user. */
export function shellOnServer(server: Server): string {
  return ["nsenter", ...enterArguments(server), "sh"].join(" ");
}

/** A command line that runs a shell in a node. */
export function shellInNode(server: Server, node: string): string {
  const bundle = ["sh", bundlePath(server.phynode), "exec", node, "--", "sh"];
  return ["nsenter", ...enterArguments(server), ...bundle].join(" ");
}
