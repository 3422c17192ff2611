import { z } from "zod";
import { lastCore, parseCores } from "../../values/cores.js";
import { parsePlatform, platformTexts } from "../../values/platform.js";
import { must } from "../1-parse/expectation.js";
import { bind } from "./schema-files.js";
import {
  inlineString,
  ipAddress,
  rate,
  structured,
  sysctls,
  texts,
  unit,
  wholeNumber,
} from "./schema-values.js";

/* What a user writes of servers. The descriptions are what an editor shows: see language-schema. */

const cores = structured(
  parseCores,
  "the cores by NUMA node, e.g. [[1, 2, 3], [4, 5, 6, 7]], or how many there are",
  {
    type: ["array", "integer"],
    minimum: 2,
    maximum: lastCore + 1,
    items: { type: "array", items: { type: "integer", minimum: 0, maximum: lastCore } },
    examples: [[[1, 2, 3]], 8],
  },
);
const platform = unit(parsePlatform, 'a platform, e.g. "linux/amd64"', "resolve/bad-value", {
  type: "string",
  enum: platformTexts,
});

export const phynodeShape = {
  cores: cores.describe(
    "The cores: one list of their numbers for each NUMA node. A number n is the cores 1 to n - 1 of one NUMA node; core 0 is left to the kernel",
  ),
  address: ipAddress('an IP address, e.g. "192.0.2.1"')
    .optional()
    .describe("Underlay address, IPv4 or IPv6; needed as soon as a link leaves this phynode"),
  interface: inlineString.optional().describe("Underlay device; default: by the server's routes"),
  mtu: wholeNumber(576, 65535, "bytes")
    .optional()
    .meta({ description: "Underlay MTU in bytes", default: 1500 }),
  bw: rate.optional().describe("Underlay rate in bits per second, with its unit"),
  platform: platform
    .optional()
    .meta({ description: "Operating system, architecture and C library", default: "linux/amd64" }),
  ssh: inlineString
    .optional()
    .meta({ description: "How to reach the server by ssh: user@host", examples: ["root@server1"] }),
  tags: texts.optional().describe("Words of your own, for constraints: a node's tags must all be here"),
  oversubscribe: wholeNumber(1, 1024, "processes per core")
    .optional()
    .meta({ description: "Processes that may share one core", default: 1 }),
  setup: z
    .strictObject({
      pre: texts.optional().describe("Commands to run before anything is made"),
      post: texts.optional().describe("Commands to run after the links are up"),
    })
    .meta({ expected: 'a table, e.g. setup.pre = ["modprobe vxlan"]' })
    .optional()
    .describe("Commands on the server itself"),
  binds: z
    .array(bind)
    .meta({ expected: 'a list of tables, e.g. [{ src = "probe.sh", dst = "/usr/local/bin/probe" }]' })
    .optional()
    .describe("Files to carry to the server"),
  sysctls: sysctls.optional().describe("Settings of the server itself; down restores the old values"),
  limits: z
    .strictObject({
      nodes: wholeNumber(1, 100_000, "nodes")
        .optional()
        .meta({ description: "The most nodes on this phynode", default: 250 }),
    })
    .meta({ expected: "a table, e.g. limits.nodes = 250" })
    .optional()
    .describe("How much may be placed here"),
};

const prefixCharacters = `text of at most 32 letters, digits, "_", "-" and ".", the first no "-" or "."`;

export const infrastructureShape = {
  namespace_prefix: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$|^$/, must(prefixCharacters))
    .meta({ expected: prefixCharacters })
    .optional()
    .meta({ description: "Written before the name of every netns", default: "" }),
  vxlan: z
    .strictObject({
      port: wholeNumber(1, 65535, "a UDP port")
        .optional()
        .meta({ description: "The UDP port of the tunnels between servers", default: 4789 }),
    })
    .meta({ expected: "a table, e.g. vxlan.port = 4789" })
    .optional()
    .describe("The tunnels between servers"),
  allocator: inlineString.optional().meta({
    description:
      "How nodes are placed. cut: little traffic between servers; first-fit: by name, each on the first phynode with room",
    default: "cut",
  }),
};
