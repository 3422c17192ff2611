import { z } from "zod";
import { keyPathPattern } from "../phases/1-parse/key-path.js";
import type { Shape } from "../phases/1-parse/read-entity.js";
import { endShape, linkShape } from "../phases/2-resolve/schema-link.js";
import { nodeShape } from "../phases/2-resolve/schema-node.js";
import { phynodeShape } from "../phases/2-resolve/schema-phynode.js";
import { processShape } from "../phases/2-resolve/schema-process.js";
import { endpointPattern } from "../values/names.js";
import { fromZod } from "./from-zod.js";
import { type JsonSchema, type Properties, reference } from "./json-schema.js";
import { partOf } from "./part-of.js";
import type { PluginSchemas } from "./plugin-schemas.js";

/** The tables that a topology is made of. Those that defaults and groups complete need no key. */
export function entityDefinitions({ keysAt }: PluginSchemas): Properties {
  const node = propertiesOf(partOf(table(nodeShape)));
  const { required: _, ...link } = table(linkShape);
  return {
    phynode: {
      title: "Phynode",
      description: "A physical server",
      type: "object",
      properties: extended(propertiesOf(partOf(table(phynodeShape))), keysAt("phynode")),
      additionalProperties: false,
    },
    node: {
      title: "Node",
      description:
        "A virtual router or host: a netns and its processes. Keys that dune does not know are your own data",
      type: "object",
      properties: extended({ ...node, pinned: oneOrMore(node.pinned, "process") }, keysAt("node")),
      additionalProperties: true,
    },
    process: {
      title: "Process",
      description: "A process of a node, on cores of its own",
      ...table(processShape, keysAt("process")),
    },
    link: {
      title: "Link",
      description: "A link: a veth pair on one phynode, a VXLAN tunnel between two",
      ...link,
      properties: extended(propertiesOf(link), keysAt("link")),
      patternProperties: { [endpointPattern]: reference("end") },
    },
    end: {
      title: "End of a link",
      description: "What holds for what leaves by this end only",
      ...table(endShape),
    },
    unset: {
      description: "Keys to remove from what defaults, groups and plugins give, before this table is applied",
      type: "array",
      items: { type: "string", pattern: keyPathPattern },
      examples: [["exec", "sysctls.'net.ipv4.ip_forward'"]],
    },
  };
}

/** A table with what plugins add to it and, as something merges into it, `unset`. */
export function extended(own: Properties, added: Properties): Properties {
  // The first mention gives a key its place, the last one its value.
  return { ...own, unset: reference("unset"), ...added, ...own };
}

function oneOrMore(list: JsonSchema | undefined, name: string): JsonSchema {
  const { description, type } = list ?? {};
  return { anyOf: [{ description, type, items: reference(name) }, reference(name)] };
}

function table(shape: Shape, added: Properties = {}): JsonSchema {
  const json = fromZod(z.strictObject(shape));
  const own = propertiesOf(json);
  return { ...json, properties: { ...own, ...added, ...own } };
}

export function propertiesOf(json: JsonSchema): Properties {
  return json.properties as Properties;
}
