import {
  type Comparison,
  compareManifests,
  type Effect,
  type Manifest,
  type ManifestChange,
  readManifest,
} from "@dune/core";
import { mustCompile } from "@dune/core/testing";
import { stringify } from "smol-toml";

// A lab as an object, so that tests change it in one place.
// biome-ignore lint/suspicious/noExplicitAny: as loose as TOML is.
export type Table = Record<string, any>;

/**
 * `r0` and `r1` on one server, `r2` on another; `sw` is a segment that `r0` and `r1` are on. `r0/bird` uses a file and can
 * reload it, `r0/watch` uses the same and cannot; exec of `r1` uses a script.
 */
export function baseLab(): Table {
  return {
    name: "lab",
    params: { rate: "10mbit" },
    infrastructure: {
      nodes: {
        s1: { cores: 16, address: "192.0.2.1", sysctls: { "net.core.rmem_max": "1000" } },
        s2: { cores: 16, address: "192.0.2.2" },
      },
    },
    topology: {
      nodes: {
        r0: {
          phynode: "s1",
          templates: { "bird.conf": { dst: "/etc/lab/bird.conf" } },
          addrs: { eth0: ["10.0.0.1/24", "10.0.1.1/24"] },
          pinned: [
            { name: "bird", cmd: "bird -c /etc/lab/bird.conf", reload: "birdc configure" },
            { name: "watch", cmd: "watch /etc/lab/bird.conf" },
            { name: "idle", cmd: "sleep inf", environ: { MODE: "a" }, post_up: ["one", "two"] },
          ],
        },
        r1: {
          phynode: "s1",
          templates: { "set.sh": "/etc/lab/set.sh" },
          exec: ["sh /etc/lab/set.sh"],
          pinned: [{ name: "ping", cmd: "ping 10.0.0.1" }],
        },
        r2: { phynode: "s2", pinned: [{ name: "far", cmd: "sleep inf" }] },
        sw: { phynode: "s1", kind: "bridge" },
      },
      links: [
        { endpoints: ["r0:eth0", "r1:eth0"], bw: "10mbit", latency: "5ms" },
        { endpoints: ["r1:eth1", "r2:eth0"] },
        { endpoints: ["r0:eth2", "sw:eth0"] },
        { endpoints: ["r1:eth2", "sw:eth1"] },
      ],
    },
  };
}

export const baseFiles = { "bird.conf": "router id 1;\n", "set.sh": "echo\n" };

export interface Built {
  readonly manifest: Manifest;
  readonly lock: string;
}

/** Compiled, as a later build with the lock of an earlier one. */
export async function build(
  lab: Table,
  files: Readonly<Record<string, string>> = baseFiles,
  previous?: Built,
): Promise<Built> {
  const { artifact, lock } = await mustCompile(stringify(lab), {
    files,
    ...(previous && { previous: previous.lock }),
  });
  const read = readManifest(artifact("manifest.json"));
  if (!read.ok) throw new Error(read.message);
  return { manifest: read.manifest, lock };
}

let base: Promise<Built> | undefined;

/** The lab as it is, compiled once. */
export function baseBuild(): Promise<Built> {
  base ??= build(baseLab());
  return base;
}

/** What the lab differs in after a change of it or of its files, and the other way round. */
export async function changed(
  mutate: (lab: Table, nodes: Table) => void,
  files: Partial<typeof baseFiles> & Record<string, string> = {},
): Promise<Comparison & { readonly back: Comparison }> {
  const lab = baseLab();
  mutate(lab, lab.topology.nodes);
  const before = await baseBuild();
  const after = await build(lab, { ...baseFiles, ...files }, before);
  return {
    ...compareManifests(before.manifest, after.manifest),
    back: compareManifests(after.manifest, before.manifest),
  };
}

/** A line for each change: `link r0:eth0-r1:eth0 changed: bw 10mbit → 20mbit`. */
export function linesOf(changes: readonly ManifestChange[]): readonly string[] {
  return changes.map(({ kind, name, change, values }) => {
    const parts = values.map(({ what, before = "-", after = "-" }) => `${what} ${before} → ${after}`);
    return `${kind} ${name} ${change}${parts.length === 0 ? "" : `: ${parts.join("; ")}`}`;
  });
}

/** Only what there is of it. */
export function taken(effect: Effect): Partial<Effect> {
  return Object.fromEntries(
    Object.entries(effect).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value)),
  );
}
