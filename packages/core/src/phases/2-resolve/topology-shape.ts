import { z } from "zod";
import {
  type InterfaceAddress,
  parseAddress,
  parseInterfaceAddress,
  parsePrefix,
} from "../../values/address.js";
import { lastCore } from "../../values/cores.js";
import { parseMac } from "../../values/mac.js";
import { parseProcessName } from "../../values/names.js";
import { ok, type Parsed } from "../../values/parsed.js";
import { must } from "../1-parse/expectation.js";
import { binaryShape, toolchainShape } from "./binary-shape.js";
import {
  canonical,
  data,
  type EntityShape,
  environ,
  extensions,
  filledText,
  line,
  misshapenField,
  mode,
  nanoseconds,
  owner,
  platform,
  text,
  texts,
  wholeNumber,
} from "./shape.js";
import { isSysctlPath } from "./sysctls.js";
import type { Infrastructure, Link, Node, Phynode, Topology } from "./topology.js";

/* What each field of a topology's entities holds. */

const percent = z.number().min(0).max(100).optional();
const family = z.union([z.literal(4), z.literal(6)]).meta({ expected: "4 or 6" });
const mac = canonical("a MAC address of an interface in lower case", parseMac);
const ipAddress = canonical("an IP address in canonical form", (value) => textOf(parseAddress(value)));
const prefix = canonical("a prefix in canonical form", (value) => textOf(parsePrefix(value)));

const interfaceAddress = z
  .unknown()
  .refine(isInterfaceAddress, must("an address with its prefix length, of which all fields say the same"));

const sysctls = z.array(
  z.object({
    path: z.string().refine(isSysctlPath, must("a path below /proc/sys")),
    value: line,
    interface: filledText.optional(),
  }),
);
const access = { mode: mode.optional(), owner: owner.optional() };
const binds = z.array(
  z.object({ src: filledText, dst: filledText, ...access, mode, modeDeclared: z.boolean() }),
);
const processes = z.array(
  z.object({
    name: canonical("the name of a process", parseProcessName),
    cmd: filledText,
    environ,
    ready: filledText.optional(),
    readyTimeoutNs: nanoseconds,
    postUp: texts,
    preDown: texts,
    down: filledText.optional(),
    reload: filledText.optional(),
    uses: texts.optional(),
    coreNames: z
      .array(wholeNumber(0, 9999, "the n of core_n"))
      .refine((list) => list[0] === 0 && isAscending(list), must("ascending numbers that begin with 0")),
    extensions,
  }),
);

const nodeShape: EntityShape<Node> = {
  name: text,
  kind: z.enum(["node", "bridge"]),
  netns: text,
  interfaces: z.array(
    z.object({
      name: text,
      ifindex: z.int(),
      mac,
      link: wholeNumber(0, Number.MAX_SAFE_INTEGER, "an index into links"),
      side: z.union([z.literal(0), z.literal(1)]).meta({ expected: "0 or 1" }),
    }),
  ),
  addresses: z.array(z.object({ interface: text, addresses: z.array(interfaceAddress) })),
  routes: z.array(
    z.object({
      to: z
        .union([z.literal("default"), prefix])
        .meta({ expected: '"default" or a prefix in canonical form' }),
      family,
      via: ipAddress.optional(),
      dev: filledText.optional(),
      metric: wholeNumber(1, 0x7fffffff, "a metric").optional(),
    }),
  ),
  sysctls,
  templates: binds,
  privateFolders: z.array(z.object({ path: filledText, ...access })),
  exec: texts,
  execTimeoutNs: nanoseconds,
  processes,
  binaries: texts,
  results: texts,
  placement: z.object({
    phynodes: texts.optional(),
    tags: texts,
    separate: texts,
    colocate: texts,
    numa: z.enum(["node", "process", "any"]),
  }),
  data,
  extensions,
};

const endpoint = z.object({
  node: text,
  interface: text,
  mac,
  metric: wholeNumber(1, 0x7fffffff, "a metric"),
  latencyNs: nanoseconds.optional(),
  jitterNs: nanoseconds.optional(),
  loss: percent,
  duplicate: percent,
  corrupt: percent,
  reorder: percent,
  rateBitsPerSecond: wholeNumber(1, Number.MAX_SAFE_INTEGER, "bits per second").optional(),
  queue: wholeNumber(1, 10_000_000, "packets").optional(),
});

const linkShape: EntityShape<Link> = {
  id: text,
  name: text,
  endpoints: z.tuple([endpoint, endpoint]),
  mtu: wholeNumber(68, 65535, "bytes"),
  mtuDeclared: z.boolean(),
  extensions,
};

const phynodeShape: EntityShape<Phynode> = {
  name: text,
  cores: z
    .array(z.array(wholeNumber(0, lastCore, "a core")))
    .refine(
      (lists) => new Set(lists.flat()).size === lists.flat().length,
      must("lists in which each core is once"),
    ),
  address: ipAddress.optional(),
  interface: filledText.optional(),
  mtu: wholeNumber(576, 65535, "bytes").optional(),
  rateBitsPerSecond: wholeNumber(1, Number.MAX_SAFE_INTEGER, "bits per second").optional(),
  platform,
  ssh: filledText.optional(),
  tags: texts,
  oversubscribe: wholeNumber(1, Number.MAX_SAFE_INTEGER, "processes per core"),
  setup: z.object({ pre: texts, post: texts }),
  binds,
  sysctls,
  limits: z.object({ nodes: wholeNumber(1, 100_000, "nodes") }),
  extensions,
};

const infrastructureShape: EntityShape<Omit<Infrastructure, "phynodes">> = {
  namespacePrefix: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$|^$/, must('at most 32 letters, digits, "_", "-" and "."')),
  vxlanPort: wholeNumber(1, 65535, "a UDP port"),
  allocator: filledText,
  isLocalhost: z.boolean(),
  extensions,
};

const topologyShape: EntityShape<
  Omit<Topology, "document" | "infrastructure" | "nodes" | "links" | "binaries" | "toolchains">
> = {
  name: text,
  params: data,
  extensions,
};

const shapes = {
  node: nodeShape,
  link: linkShape,
  phynode: phynodeShape,
  infrastructure: infrastructureShape,
  binary: binaryShape,
  toolchain: toolchainShape,
  topology: topologyShape,
} as const;

/** Says what is wrong with the shape of an entity that a plugin returned; `before` is what the plugin was given. */
export function misshapen(
  kind: keyof typeof shapes,
  label: string,
  after: object,
  before?: object,
): string | undefined {
  return misshapenField(shapes[kind], label, after, before);
}

function textOf(parsed: Parsed<{ readonly text: string }>): Parsed<string> {
  return parsed.ok ? ok(parsed.value.text) : parsed;
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || (numbers[index - 1] as number) < number);
}

/** Not by a schema: a large lab has tens of thousands. */
function isInterfaceAddress(value: unknown): boolean {
  const {
    text: whole,
    address,
    prefix: network,
    plen,
    family: version,
  } = Object(value) as Partial<InterfaceAddress>;
  const parsed = typeof whole === "string" ? parseInterfaceAddress(whole) : undefined;
  if (!parsed?.ok) return false;
  const is = parsed.value;
  const isSame = is.address === address && is.prefix === network && is.text === whole;
  return isSame && is.plen === plen && is.family === version;
}
