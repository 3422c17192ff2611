import { ownBuilders } from "../../builders/own-builders.js";
import type { Path } from "../../diagnostics/diagnostic.js";
import type { Tables } from "../../phases/1-parse/document.js";
import { binaryShape, toolchainShape } from "../../phases/2-resolve/schema-binary.js";
import { endShape, linkShape } from "../../phases/2-resolve/schema-link.js";
import { nodeShape } from "../../phases/2-resolve/schema-node.js";
import { phynodeShape } from "../../phases/2-resolve/schema-phynode.js";
import type { Link, Topology } from "../../phases/2-resolve/topology.js";
import { formatDuration } from "../../values/duration.js";
import type { Entity } from "./subject.js";

/** What an entity has where no layer says anything. */
export function implicitValues(entity: Entity, topology: Topology): Tables {
  switch (entity.kind) {
    case "node": {
      const { kind, netns, placement, execTimeoutNs, sysctls } = entity.node;
      const baseline = Object.fromEntries(
        sysctls.map(({ path, value }) => [path.replaceAll("/", "."), value]),
      );
      return {
        kind,
        netns,
        numa: placement.numa,
        exec_timeout: formatDuration(execTimeoutNs),
        sysctls: baseline,
      };
    }
    case "link":
      return { mtu: entity.link.mtu, ...endsOf(entity.link) };
    case "phynode": {
      const { platform, oversubscribe, limits } = entity.phynode;
      return { platform: platform.text, oversubscribe, limits };
    }
    case "binary": {
      const { source, isStatic, timeoutNs } = entity.binary;
      return { source, static: isStatic, timeout: formatDuration(timeoutNs) };
    }
    case "toolchain":
    case "nodes":
    case "links":
    case "phynodes":
    case "binaries":
    case "toolchains":
      return {};
    case "document": {
      const { name, infrastructure } = topology;
      const { allocator, vxlanPort, namespacePrefix } = infrastructure;
      return {
        name,
        infrastructure: { allocator, vxlan: { port: vxlanPort }, namespace_prefix: namespacePrefix },
      };
    }
  }
}

function endsOf({ endpoints }: Link): Tables {
  return Object.fromEntries(
    endpoints.map((end) => [`${end.node}:${end.interface}`, { mac: end.mac, metric: end.metric }]),
  );
}

/** Where an implicit value comes from. */
export function implicitReason(entity: Entity, path: Path): string {
  const key = path.at(-1);
  if (entity.kind === "link" && key === "mtu")
    return "the rule for links that declare none: 1500, or less if every tunnel needs it";
  if (key === "mac")
    return "made from the names of the lab and the endpoint, so that it is the same in every run";
  if (key === "netns") return "the namespace prefix and the node's name";
  if (path[0] === "sysctls")
    return "dune's baseline for every node, so that a lab does not depend on the server's settings";
  if (path[0] === "name") return "made from the name of the file";
  return "dune's default";
}

/** The keys that the language knows for an entity. */
export function knownKeys(entity: Entity): readonly string[] {
  switch (entity.kind) {
    case "node":
      return Object.keys(nodeShape);
    case "link":
      return [...Object.keys(linkShape), ...endTexts(entity.link)];
    case "phynode":
      return Object.keys(phynodeShape);
    case "binary":
      return [...Object.keys(binaryShape), ...Object.keys(ownBuilders[entity.binary.builder]?.keys ?? {})];
    case "toolchain":
      return Object.keys(toolchainShape);
    case "nodes":
    case "links":
    case "phynodes":
    case "binaries":
    case "toolchains":
      return [];
    case "document":
      return documentKeys;
  }
}

const documentKeys = [
  ...["nodes", "links", "phynodes", "topology", "infrastructure", "params", "name", "plugins"],
  ...["binaries", "toolchains"],
];

export const endKeys = Object.keys(endShape);

export function endTexts({ endpoints }: Link): readonly string[] {
  return endpoints.map((end) => `${end.node}:${end.interface}`);
}
