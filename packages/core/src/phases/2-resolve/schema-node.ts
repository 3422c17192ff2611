import { z } from "zod";
import { parseRouteTarget, routeTargetPattern } from "../../values/address.js";
import { interfaceNamePattern } from "../../values/names.js";
import { destination, privateFolder } from "./schema-files.js";
import { processList } from "./schema-process.js";
import {
  duration,
  filledText,
  inlineString,
  ipAddress,
  matching,
  sysctls,
  textOrTexts,
  texts,
  unit,
  wholeNumber,
} from "./schema-values.js";
import { values } from "./value-schemas.js";

/* What a user writes of nodes. The descriptions are what an editor shows: see language-schema. */

const route = z
  .strictObject({
    to: unit(
      parseRouteTarget,
      'a prefix or "default"',
      "resolve/bad-address",
      matching(routeTargetPattern, "2001:db8::/48", "::/0", "default"),
    ).describe("A network, an address or default"),
    via: ipAddress("the next hop's IP address").optional().describe("Address of the next hop"),
    dev: inlineString
      .optional()
      .meta({ description: "Interface to leave by", written: matching(interfaceNamePattern, "eth0") }),
    metric: wholeNumber(1, 0x7fffffff, "a metric").optional().describe("The smaller one wins"),
  })
  // Only for editors: dune says it in words of its own.
  .meta({ anyOf: [{ required: ["via"] }, { required: ["dev"] }] });

const addressList = z.array(values.interfaceAddress).meta({ expected: "a list of addresses" });

export const nodeShape = {
  kind: z.enum(["node", "bridge"]).meta({ expected: '"node" or "bridge"' }).optional().meta({
    description: "bridge: a multi-access segment, all its interfaces are ports of one Linux bridge br0",
    default: "node",
  }),
  addrs: z
    .record(z.string().meta({ written: { pattern: interfaceNamePattern } }), addressList)
    .meta({ expected: 'a table, e.g. addrs.eth0 = ["2001:db8::1/64"]' })
    .optional()
    .describe("By interface, lo too: list of addresses with prefix length"),
  phynode: textOrTexts.optional().describe("Where it may go: the name of a phynode or a list of them"),
  tags: texts.optional().describe("The phynode must have all of these"),
  separate: textOrTexts
    .optional()
    .describe("A word or a list: nodes with the same word go on different phynodes"),
  colocate: textOrTexts.optional().describe("A word or a list: nodes with the same word go on one phynode"),
  numa: z.enum(["node", "process", "any"]).meta({ expected: '"node", "process" or "any"' }).optional().meta({
    description: "What shares one NUMA node: all cores of the node, those of each process, or any",
    default: "node",
  }),
  sysctls: sysctls.optional().describe("Settings net.* of the netns, over dune's baseline"),
  templates: z
    .record(filledText("the path of a file"), destination)
    .meta({ expected: 'a table, e.g. { "bird.conf.eta" = "{{dir}}/bird.conf" }' })
    .optional()
    .describe("By source, relative to this file: the path on the phynode, or a table with mode and owner"),
  private: z
    .array(privateFolder)
    .meta({ expected: 'a list of folders, e.g. ["/run/frr"]' })
    .optional()
    .describe("Folders of the node's own, which no other node sees: paths, or tables with owner and mode"),
  exec: texts.optional().describe("Commands, one after the other; each must exit 0 within exec_timeout"),
  exec_timeout: duration
    .optional()
    .meta({ description: "How long a command of exec may take", default: "60s" }),
  pinned: processList({}).describe("Processes, each on cores of its own: one table or a list"),
  routes: z
    .array(route)
    .meta({ expected: 'a list of tables, e.g. [{ to = "::/0", via = "2001:db8::1" }]' })
    .optional()
    .describe("Static routes: list of { to, via, dev, metric }"),
  binaries: texts
    .optional()
    .describe("Names of programs that its scripts call; those that its strings name need not be listed"),
  results: texts
    .optional()
    .describe("Paths or globs worth keeping; collect gathers them on the server, before down"),
  data: z
    .record(z.string(), z.unknown())
    .meta({ expected: "a table of your own values" })
    .optional()
    .describe("Your own values, for strings and templates"),
};
