import { z } from "zod";
import { endpointPattern } from "../../values/names.js";
import { duration, matching, percent, rate, text, wholeNumber } from "./schema-values.js";
import { values } from "./value-schemas.js";

/* What a user writes of links. The descriptions are what an editor shows: see language-schema. */

const shapingShape = {
  latency: duration
    .optional()
    .describe("One-way delay, on each end's egress: the round trip is the sum of both directions"),
  jitter: duration.optional().describe("By how much the latency varies; needs a latency"),
  loss: percent.optional().describe("Packets that get lost, in percent"),
  duplicate: percent.optional().describe("Packets that arrive twice, in percent"),
  corrupt: percent.optional().describe("Packets with a bit flipped, in percent"),
  reorder: percent.optional().describe("Packets that overtake others, in percent; needs a latency"),
  bw: rate.optional().describe("Rate in bits per second, with its unit: 10mbit; 10MBps counts bytes"),
  queue: wholeNumber(1, 10_000_000, "packets").optional().describe("Length of the queue in packets"),
  metric: wholeNumber(1, 0x7fffffff, "a metric")
    .optional()
    .meta({ description: "A cost for your templates", default: 1 }),
};

/** What one end of a link can have of its own: `"r1:eth1".latency`. */
export const endShape = {
  ...shapingShape,
  mac: values.mac
    .optional()
    .describe("MAC address; default: a hash of lab and endpoint, the same in every run"),
};

export const linkShape = {
  endpoints: z
    .tuple([text, text])
    .meta({
      expected: 'two ends, e.g. ["r0:eth0", "r1:eth0"]',
      written: { type: "array", items: matching(endpointPattern), minItems: 2, maxItems: 2 },
    })
    .meta({
      description: "The two ends, each node:interface",
      examples: [["r0:eth0", "r1:eth0"]],
    }),
  ...shapingShape,
  mtu: wholeNumber(68, 65535, "bytes")
    .optional()
    .describe(
      "MTU in bytes, of both ends; default: the largest up to 1500 that fits through every tunnel of the lab",
    ),
};
