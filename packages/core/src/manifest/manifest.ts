import { z } from "zod";

/* What was compiled, as data. Every key is documented in docs/manifest.md; a breaking change bumps `manifest`. */

const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const file = z.strictObject({
  path: z.string(),
  mode: z.string(),
  owner: z.string().optional(),
  sha256,
  size: count,
});
const privateFolder = z.strictObject({
  path: z.string(),
  mode: z.string().optional(),
  owner: z.string().optional(),
});
/** By path below `/proc/sys`. */
const sysctls = z.record(z.string(), z.string());

const phynode = z.strictObject({
  name: z.string(),
  cores: z.array(z.array(count)),
  address: z.string().optional(),
  interface: z.string().optional(),
  mtu: count.optional(),
  rateBitsPerSecond: count.optional(),
  platform: z.string(),
  ssh: z.string().optional(),
  tags: z.array(z.string()),
  oversubscribe: count,
  limits: z.strictObject({ nodes: count }),
  setup: z.strictObject({ pre: z.array(z.string()), post: z.array(z.string()) }),
  sysctls,
  files: z.array(file),
  extensions: z.record(z.string(), z.unknown()),
});

const process = z.strictObject({
  name: z.string(),
  cores: z.array(count),
  cmd: z.string(),
  environ: z.record(z.string(), z.string()),
  ready: z.string().optional(),
  readyTimeoutNs: count,
  postUp: z.array(z.string()),
  preDown: z.array(z.string()),
  down: z.string().optional(),
  reload: z.string().optional(),
  /** Paths of files and programs, sorted; absent where it uses none. */
  uses: z.array(z.string()).optional(),
  /** Plugins' keys; absent where it has none. */
  extensions: z.record(z.string(), z.unknown()).optional(),
});

const node = z.strictObject({
  name: z.string(),
  kind: z.enum(["node", "bridge"]),
  netns: z.string(),
  phynode: z.string(),
  interfaces: z.array(
    z.strictObject({ name: z.string(), ifindex: count, mac: z.string(), link: z.string() }),
  ),
  addresses: z.record(z.string(), z.array(z.string())),
  routes: z.array(
    z.strictObject({
      to: z.string(),
      family: z.union([z.literal(4), z.literal(6)]),
      via: z.string().optional(),
      dev: z.string().optional(),
      metric: count.optional(),
    }),
  ),
  sysctls,
  files: z.array(file),
  private: z.array(privateFolder).optional(),
  exec: z.array(z.string()),
  execTimeoutNs: count,
  /** As `uses` of a process. */
  execUses: z.array(z.string()).optional(),
  processes: z.array(process),
  results: z.array(z.string()),
  data: z.record(z.string(), z.unknown()),
  extensions: z.record(z.string(), z.unknown()),
});

const endpoint = z.strictObject({
  node: z.string(),
  interface: z.string(),
  mac: z.string(),
  metric: count,
  latencyNs: count.optional(),
  jitterNs: count.optional(),
  loss: z.number().optional(),
  duplicate: z.number().optional(),
  corrupt: z.number().optional(),
  reorder: z.number().optional(),
  rateBitsPerSecond: count.optional(),
  queue: count.optional(),
});

const link = z.strictObject({
  id: z.string(),
  name: z.string(),
  kind: z.enum(["veth", "vxlan"]),
  vni: count.optional(),
  mtu: count,
  endpoints: z.tuple([endpoint, endpoint]),
  extensions: z.record(z.string(), z.unknown()),
});

const build = z.strictObject({
  platform: z.string(),
  phynodes: z.array(z.string()),
  nodes: z.array(z.string()),
  /** `outside`: those that are not in the topology's folder, and links that lead out of it. */
  sources: z.strictObject({ files: count, sha256, outside: z.array(z.string()) }),
  /** `{{out}}` stands for the program that was written, `{{src}}` for the folder of the build. */
  commands: z.array(
    z.strictObject({ argv: z.array(z.string()), environ: z.record(z.string(), z.string()).optional() }),
  ),
  environ: z.record(z.string(), z.string()),
  tools: z.array(z.strictObject({ name: z.string(), version: z.string() })),
  kind: z.enum(["elf", "script"]),
  /** The dynamic loader; of a script the command that runs it. */
  interpreter: z.string().optional(),
  /** Shared libraries. */
  needed: z.array(z.string()).optional(),
  glibc: z.string().optional(),
  /** The least major version of a script's command. */
  major: count.optional(),
  sha256,
  size: count,
});

const binary = z.strictObject({
  name: z.string(),
  builder: z.string(),
  source: z.string(),
  builds: z.array(build),
});

export const manifestSchema = z.strictObject({
  manifest: z.literal(1),
  /** Version of dune that compiled it. */
  dune: z.string(),
  lab: z.string(),
  /** What the sysctls of every netns start from. */
  baseline: sysctls,
  /** `--set` as given. */
  settings: z.array(z.string()),
  params: z.record(z.string(), z.unknown()),
  plugins: z.array(
    z.strictObject({
      name: z.string(),
      version: z.string().optional(),
      /** As given in `[plugin.NAME]`; absent in manifests of before. */
      options: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
  infrastructure: z.strictObject({
    namespacePrefix: z.string(),
    vxlanPort: count,
    allocator: z.string(),
    extensions: z.record(z.string(), z.unknown()),
  }),
  extensions: z.record(z.string(), z.unknown()),
  phynodes: z.array(phynode),
  nodes: z.array(node),
  links: z.array(link),
  /** Absent where no program is used. */
  binaries: z.array(binary).optional(),
  /** Files of `dist` that plugins added; in a bundle's slice always empty. */
  artifacts: z.array(z.string()),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestNode = Manifest["nodes"][number];
export type ManifestProcess = ManifestNode["processes"][number];
export type ManifestLink = Manifest["links"][number];
export type ManifestPhynode = Manifest["phynodes"][number];
export type ManifestBinary = z.infer<typeof binary>;
export type ManifestFile = z.infer<typeof file>;
export type ManifestFolder = z.infer<typeof privateFolder>;
