import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type Place, run, runIn, systemEnvironment } from "./enter.js";
import { scriptPath } from "./scripts.js";

/** A phynode's stand-in on this machine. */
export interface Server extends Place {
  readonly phynode: string;
}

/** What holds all servers of a rehearsal; its network is the underlay's switch. */
export interface Room extends Place {
  /** In the order asked for. */
  readonly servers: readonly Server[];
  /** Ends everything in it, at once. */
  close(): Promise<void>;
}

/** The environment does not allow a rehearsal. */
export interface Obstacle {
  readonly obstacle: string;
  readonly hint?: string;
}

const tools = ["unshare", "nsenter", "ip", "mount", "pivot_root"] as const;

/** Starts the room and its servers; they end with dune, whatever ends it, because the room reads from a pipe of dune's. */
export async function openRoom(phynodes: readonly string[], signal: AbortSignal): Promise<Room | Obstacle> {
  const missing = await missingTools();
  if (missing.length > 0) {
    return {
      obstacle: `these tools are missing: ${missing.join(", ")}`,
      hint: "install util-linux and iproute2",
    };
  }
  const isRoot = process.getuid?.() === 0;
  const child = startRoom(phynodes, isRoot);
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const close = async () => {
    child.stdin?.destroy();
    await closed;
  };
  const started = await waitForServers(child, phynodes, signal);
  if ("obstacle" in started) {
    await close();
    return isRoot ? started : { ...started, hint: rootlessHint };
  }
  const servers = phynodes.map((phynode) => ({ phynode, pid: started.pids.get(phynode) ?? 0, isRoot }));
  return { pid: started.room, isRoot, servers, close };
}

const rootlessHint =
  "this system does not let a user make namespaces; run it with sudo, or allow them " +
  "(Debian: sysctl kernel.unprivileged_userns_clone=1, Ubuntu: sysctl kernel.apparmor_restrict_unprivileged_userns=0)";

function startRoom(phynodes: readonly string[], isRoot: boolean): ChildProcess {
  const user = isRoot ? [] : ["--user", "--map-root-user"];
  const flags = [
    "--net",
    "--mount",
    "--uts",
    "--ipc",
    "--pid",
    "--fork",
    "--kill-child",
    "--propagation",
    "private",
  ];
  const room = ["sh", scriptPath("room.sh"), scriptPath("server.sh"), isRoot ? "root" : "user", ...phynodes];
  return spawn("unshare", [...user, ...flags, ...room], {
    detached: true,
    env: systemEnvironment(),
    stdio: "pipe",
  });
}

interface Started {
  readonly room: number;
  readonly pids: ReadonlyMap<string, number>;
}

/** Reads who is ready until all are; an abort or the end of the room is an obstacle. */
function waitForServers(
  child: ChildProcess,
  phynodes: readonly string[],
  signal: AbortSignal,
): Promise<Started | Obstacle> {
  return new Promise((resolve) => {
    const pids = new Map<string, number>();
    let room: number | undefined;
    let said = "";
    const fail = (why: string) =>
      resolve({ obstacle: `no servers can be made of namespaces: ${said.trim() || why}` });
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.on("error", (error) => fail(error.message));
    child.on("close", () => fail("the first process ended"));
    signal.addEventListener("abort", () => fail("interrupted"), { once: true });
    const timeout = setTimeout(
      () => fail(`not ready after ${mostSecondsToStart} s`),
      mostSecondsToStart * 1000,
    );
    if (child.stdout === null) return;
    createInterface(child.stdout).on("line", (line) => {
      const [kind, ...words] = line.split(" ");
      if (kind === "room") room = Number(words[0]);
      // The room closes then, and with it what the server said is complete.
      if (kind === "ended") child.stdin?.destroy();
      if (kind === "server" && words[0] !== undefined) pids.set(words[0], Number(words[1]));
      if (room === undefined || pids.size < phynodes.length) return;
      clearTimeout(timeout);
      resolve({ room, pids });
    });
  });
}

/** Some hundred servers on a busy machine need several seconds. */
const mostSecondsToStart = 60;

async function missingTools(): Promise<readonly string[]> {
  const found = await run("sh", [
    "-c",
    'for tool; do command -v "$tool" >/dev/null || echo "$tool"; done',
    "sh",
    ...tools,
  ]);
  return found.stdout.split("\n").filter((tool) => tool !== "");
}

/** Whether this kernel can delay and lose packets. */
export async function hasNetem(room: Room): Promise<boolean> {
  const tried = await runIn(room, [
    "sh",
    "-c",
    "tc qdisc add dev lo root netem delay 1ms && tc qdisc del dev lo root",
  ]);
  return tried.exitCode === 0;
}
