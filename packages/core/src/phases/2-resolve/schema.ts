import { z } from "zod";
import { parseAddress, parseInterfaceAddress, parseRouteTarget } from "../../values/address.js";
import { parseCores } from "../../values/cores.js";
import { parseDuration } from "../../values/duration.js";
import { parseMac } from "../../values/mac.js";
import { parseProcessName } from "../../values/names.js";
import { parsePercent } from "../../values/percent.js";
import { parsePlatform } from "../../values/platform.js";
import { parseRate } from "../../values/rate.js";
import { must } from "../1-parse/expectation.js";
import { bind, destination, privateFolder } from "./schema-files.js";
import { filledText, inlineString, structured, unit, wholeNumber } from "./schema-values.js";

/* The language's entities as zod schemas: the input side is what a user writes, the output side has units as numbers. */

const text = z.string().meta({ expected: "text in quotes" });
const texts = z.array(inlineString).meta({ expected: "a list of texts" });
const textOrTexts = z
  .union([inlineString, texts])
  .meta({ expected: "a name or a list of names" })
  .transform((value) => (typeof value === "string" ? [value] : value));
const scalar = z
  .union([z.string(), z.int(), z.boolean()])
  .meta({ expected: "text or a whole number" })
  .transform((value) => (typeof value === "boolean" ? (value ? "1" : "0") : String(value)));
const variable = z
  .union([z.string(), z.int(), z.boolean()])
  .meta({ expected: "text or a whole number" })
  .transform(String);
const sysctls = z
  .record(z.string(), scalar)
  .meta({ expected: 'a table of sysctls, e.g. { "net.ipv6.conf.all.forwarding" = "1" }' });

const duration = unit(parseDuration, 'a time with its unit, e.g. "5ms"', "resolve/bad-unit");
const rate = unit(parseRate, 'a rate with its unit, e.g. "1gbit"', "resolve/bad-unit");
const percent = unit(parsePercent, 'a percentage, e.g. "0.1%"', "resolve/bad-unit");
const mac = unit(parseMac, 'a MAC address, e.g. "02:00:00:00:00:01"', "resolve/bad-address");

export const phynodeShape = {
  cores: structured(
    parseCores,
    "the cores by NUMA node, e.g. [[1, 2, 3], [4, 5, 6, 7]], or how many there are",
  ),
  address: unit(parseAddress, 'an IP address, e.g. "192.0.2.1"', "resolve/bad-address").optional(),
  interface: inlineString.optional(),
  mtu: wholeNumber(576, 65535, "bytes").optional(),
  bw: rate.optional(),
  platform: unit(parsePlatform, 'a platform, e.g. "linux/amd64"', "resolve/bad-value").optional(),
  ssh: inlineString.optional(),
  tags: texts.optional(),
  oversubscribe: wholeNumber(1, 1024, "processes per core").optional(),
  setup: z
    .strictObject({ pre: texts.optional(), post: texts.optional() })
    .meta({ expected: 'a table, e.g. setup.pre = ["modprobe vxlan"]' })
    .optional(),
  binds: z
    .array(bind)
    .meta({ expected: 'a list of tables, e.g. [{ src = "probe.sh", dst = "/usr/local/bin/probe" }]' })
    .optional(),
  sysctls: sysctls.optional(),
  limits: z
    .strictObject({ nodes: wholeNumber(1, 100_000, "nodes").optional() })
    .meta({ expected: "a table, e.g. limits.nodes = 250" })
    .optional(),
};

const prefixCharacters = `text of at most 32 letters, digits, "_", "-" and ".", the first no "-" or "."`;

export const infrastructureShape = {
  namespace_prefix: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$|^$/, must(prefixCharacters))
    .meta({ expected: prefixCharacters })
    .optional(),
  vxlan: z
    .strictObject({ port: wholeNumber(1, 65535, "a UDP port").optional() })
    .meta({ expected: "a table, e.g. vxlan.port = 4789" })
    .optional(),
  allocator: inlineString.optional(),
};

const variableName = `a variable's name: letters, digits and "_", the first no digit`;

export const processShape = {
  name: unit(parseProcessName, "the process's name", "resolve/bad-name").optional(),
  cmd: inlineString,
  environ: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, must(variableName)), variable)
    .meta({ expected: 'a table of variables, e.g. environ.LANG = "C"' })
    .optional(),
  ready: inlineString.optional(),
  ready_timeout: duration.optional(),
  post_up: texts.optional(),
  pre_down: texts.optional(),
  down: inlineString.optional(),
};

/** A node's processes, with the keys that plugins add to one. */
export function processList(extensions: Readonly<Record<string, z.ZodType>>) {
  const process = z.strictObject({ ...processShape, ...extensions }).meta({ expected: "a table" });
  return z
    .array(process as unknown as z.ZodObject<typeof processShape>)
    .meta({ expected: 'a list of tables, e.g. [{ cmd = "bird -f" }]' })
    .optional();
}

const route = z.strictObject({
  to: unit(parseRouteTarget, 'a prefix or "default"', "resolve/bad-address"),
  via: unit(parseAddress, "the next hop's IP address", "resolve/bad-address").optional(),
  dev: inlineString.optional(),
  metric: wholeNumber(1, 0x7fffffff, "a metric").optional(),
});

const addressList = z
  .array(
    unit(
      parseInterfaceAddress,
      'an address with its prefix length, e.g. "2001:db8::1/64"',
      "resolve/bad-address",
    ),
  )
  .meta({ expected: "a list of addresses" });

export const nodeShape = {
  kind: z.enum(["node", "bridge"]).meta({ expected: '"node" or "bridge"' }).optional(),
  addrs: z
    .record(z.string(), addressList)
    .meta({ expected: 'a table, e.g. addrs.eth0 = ["2001:db8::1/64"]' })
    .optional(),
  phynode: textOrTexts.optional(),
  tags: texts.optional(),
  separate: textOrTexts.optional(),
  colocate: textOrTexts.optional(),
  numa: z.enum(["node", "process", "any"]).meta({ expected: '"node", "process" or "any"' }).optional(),
  sysctls: sysctls.optional(),
  templates: z
    .record(filledText("the path of a file"), destination)
    .meta({ expected: 'a table, e.g. { "bird.conf.eta" = "{{dir}}/bird.conf" }' })
    .optional(),
  private: z.array(privateFolder).meta({ expected: 'a list of folders, e.g. ["/run/frr"]' }).optional(),
  exec: texts.optional(),
  exec_timeout: duration.optional(),
  pinned: processList({}),
  routes: z
    .array(route)
    .meta({ expected: 'a list of tables, e.g. [{ to = "::/0", via = "2001:db8::1" }]' })
    .optional(),
  results: texts.optional(),
  data: z.record(z.string(), z.unknown()).meta({ expected: "a table of your own values" }).optional(),
};

const shapingShape = {
  latency: duration.optional(),
  jitter: duration.optional(),
  loss: percent.optional(),
  duplicate: percent.optional(),
  corrupt: percent.optional(),
  reorder: percent.optional(),
  bw: rate.optional(),
  queue: wholeNumber(1, 10_000_000, "packets").optional(),
  metric: wholeNumber(1, 0x7fffffff, "a metric").optional(),
};

/** What one end of a link can have of its own: `"r1:eth1".latency`. */
export const endShape = { ...shapingShape, mac: mac.optional() };

export const linkShape = {
  endpoints: z.tuple([text, text]).meta({ expected: 'two ends, e.g. ["r0:eth0", "r1:eth0"]' }),
  ...shapingShape,
  mtu: wholeNumber(68, 65535, "bytes").optional(),
};
