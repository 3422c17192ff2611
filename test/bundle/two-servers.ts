import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compile, type Manifest, memoryFiles, readManifest } from "@dune/core";
import { type Fates, fatesOf } from "./lab-fates.js";
import { type LabState, labState } from "./lab-state.js";
import { dump, joinPhynodes, type Outcome, type Phynode, startPhynode } from "./phynode.js";
import { processState } from "./process-state.js";
import type { Lab } from "./random-lab.js";
import { sysctlPatterns } from "./random-lab.js";
import { topologyOf } from "./random-lab-toml.js";

/** Two phynodes with an underlay, and random labs on one of them or on both. */
export interface TwoServers {
  /** Writes the bundles of a lab. */
  build(lab: Lab, name: string): Promise<Bundles>;
  /** Runs a command of every bundle, one phynode after the other. */
  run(bundles: Bundles, words: string): readonly Outcome[];
  /** The same; fails where one fails. */
  must(bundles: Bundles, words: string): void;
  /** What becomes of the lab `old`, which is up, by `apply` of `next`. */
  apply(old: Bundles, next: Bundles): Fates;
  /** All that the bundles' lab is now. */
  state(count: number): readonly ServerState[];
  /** All that a lab could leave behind. */
  dump(): string;
  stop(): void;
}

export interface Bundles {
  /** One for each phynode of the lab. */
  readonly paths: readonly string[];
  readonly manifest: Manifest;
}

export interface ServerState {
  readonly network: LabState;
  readonly rest: readonly string[];
  readonly sysctls: string;
}

export function startTwoServers(): TwoServers {
  const servers = [startPhynode(), startPhynode()] as const;
  joinPhynodes(...servers, 1600);
  const serverOf = (index: number): Phynode => servers[index] as Phynode;
  const run: TwoServers["run"] = (bundles, words) =>
    bundles.paths.map((bundle, index) => serverOf(index).run(`timeout 50 sh ${bundle} ${words}`));
  const must: TwoServers["must"] = (bundles, words) => {
    for (const { code, stdout, stderr } of run(bundles, words))
      if (code !== 0) throw new Error(`${words} ended with ${code}: ${stderr}${stdout}`);
  };
  return {
    build: (lab, name) =>
      build(
        lab,
        servers.map(({ folder }) => join(folder, name)),
      ),
    run,
    must,
    apply: (old, next) => fatesOf(servers, [old.manifest, next.manifest], () => must(next, "apply")),
    state: (count) => servers.slice(0, count).map(stateOf),
    dump: () => servers.map(dump).join("\n"),
    stop: () => {
      for (const server of servers) server.stop();
    },
  };
}

/** A carrier is told up to a second after it is there, and a link-local address with it. A bridge without ports never has one. */
const waitForCarriers = `
  ip netns list | sed 's/ .*//' | while read -r name; do
    for try in $(seq 50); do
      ip -n "$name" -o link | awk '/ master br0 /{ports = 1} /NO-CARRIER/ { if (/: br0: /) bridge = 1; else exit found = 1 }
        END { exit found || (bridge && ports) }' && break
      sleep 0.1
    done
  done`;

function stateOf(server: Phynode): ServerState {
  server.run(waitForCarriers);
  return {
    network: labState(server, sysctlPatterns),
    rest: processState(server).split("\n"),
    sysctls: server.run("sysctl net.ipv4.ip_default_ttl; ls -d /proc/sys/net/ipv4/conf/*").stdout,
  };
}

async function build(lab: Lab, folders: readonly string[]): Promise<Bundles> {
  const files = memoryFiles(topologyOf(lab));
  const { artifacts, diagnostics } = await compile({ file: "topology.toml" }, { files });
  if (artifacts === undefined)
    throw new Error(diagnostics.map(({ code, message }) => `${code}: ${message}`).join("\n"));
  const artifact = (name: string): Buffer =>
    Buffer.concat([...(artifacts.files.find(({ path }) => path === name)?.chunks ?? [])]);
  const manifest = readManifest(artifact("manifest.json").toString());
  if (!manifest.ok) throw new Error(manifest.message);
  const paths = lab.servers.map((_, index) => {
    const folder = folders[index] as string;
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `server${index + 1}.run`);
    writeFileSync(path, artifact(`server${index + 1}.run`));
    return path;
  });
  return { paths, manifest: manifest.manifest };
}
