import type { Artifacts } from "../phases/6-emit/artifacts.js";
import { formatMode } from "../values/mode.js";
import { type Finished, runIn } from "./enter.js";
import { bundlePath } from "./places.js";
import type { Room, Server } from "./servers.js";

export interface UpReport {
  readonly phynode: string;
  readonly seconds: number;
  /** What `up` said, where it failed. */
  readonly problem?: string;
}

/**
 * Copies each server's bundle to it, a file as `scp` would leave it.
 * @returns what could not be done
 */
export async function carryBundles(
  { servers }: Room,
  { bundles, files }: Artifacts,
): Promise<string | undefined> {
  const failures = await Promise.all(
    servers.map(async (server) => {
      const { path } = bundles.find(({ phynode }) => phynode === server.phynode) ?? {};
      const { chunks = [], mode = 0o755 } = files.find((file) => file.path === path) ?? {};
      const copy = 'umask 077 && cat >"$1" && chmod "$2" "$1"';
      const words = ["sh", "-c", copy, "sh", bundlePath(server.phynode), formatMode(mode)];
      const done = await runIn(server, words, { input: chunks });
      return done.exitCode === 0
        ? []
        : [`the bundle of ${server.phynode} cannot be copied: ${done.stderr.trim()}`];
    }),
  );
  return failures.flat()[0];
}

/** Brings all servers up at the same time. */
export function bringUp(
  { servers }: Room,
  degrade: boolean,
  signal: AbortSignal,
): Promise<readonly UpReport[]> {
  return Promise.all(
    servers.map(async (server) => {
      const began = performance.now();
      const done = await runBundle(server, degrade ? ["up", "--degrade"] : ["up"], signal);
      const seconds = (performance.now() - began) / 1000;
      const { phynode } = server;
      return done.exitCode === 0 ? { phynode, seconds } : { phynode, seconds, problem: whatItSaid(done) };
    }),
  );
}

/** What is not as it should be, by server; nothing where all is well. */
export function checkStatus({ servers }: Room, signal: AbortSignal): Promise<readonly string[]> {
  return collectProblems(servers, (server) => runBundle(server, ["status"], signal));
}

/** Takes all servers down at the same time; what went wrong. */
export function bringDown({ servers }: Room): Promise<readonly string[]> {
  return collectProblems(servers, (server) => runBundle(server, ["down"]));
}

async function collectProblems(
  servers: readonly Server[],
  call: (server: Server) => Promise<Finished>,
): Promise<readonly string[]> {
  const finished = await Promise.all(servers.map(async (server) => ({ server, done: await call(server) })));
  return finished.flatMap(({ server, done }) =>
    done.exitCode === 0 ? [] : [`${server.phynode}: ${whatItSaid(done)}`],
  );
}

function runBundle(server: Server, args: readonly string[], signal?: AbortSignal): Promise<Finished> {
  return runIn(server, ["sh", bundlePath(server.phynode), ...args], signal === undefined ? {} : { signal });
}

function whatItSaid({ exitCode, stdout, stderr }: Finished): string {
  return `${stdout}${stderr}`.trim() || `exit code ${exitCode}`;
}
