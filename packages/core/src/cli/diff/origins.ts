import type { Origin, Path } from "../../diagnostics/diagnostic.js";
import type { Change } from "../../manifest/comparison.js";
import { fileOrigin } from "../../phases/1-parse/file-origin.js";
import { originIn, sourceOf } from "../../phases/2-resolve/entity-origin.js";
import { trace, valueAt } from "../../phases/2-resolve/merge.js";
import type { Node, Topology } from "../../phases/2-resolve/topology.js";
import type { Entity } from "../../phases/2-resolve/written.js";
import type { PlacedLink } from "../../phases/3-allocate/placement.js";
import type { RenderedFile, Rendering } from "../../phases/4-render/rendering.js";

/** Finds where what has changed stands in the topology of one side. */
export class Origins {
  readonly #rendering: Rendering;
  readonly #nodes: ReadonlyMap<string, Rendering["nodes"][number]>;
  readonly #links: ReadonlyMap<string, PlacedLink>;

  constructor(rendering: Rendering) {
    this.#rendering = rendering;
    this.#nodes = new Map(rendering.nodes.map((each) => [each.placed.node.name, each]));
    this.#links = new Map(rendering.placement.links.map((each) => [each.link.id, each]));
  }

  get #topology(): Topology {
    return this.#rendering.placement.topology;
  }

  /** Where the entity itself is declared; of a file where its path is. */
  ofEntity({ kind, subject }: Change): Origin | undefined {
    if (kind === "file") return this.#file(subject)?.origin;
    const node = this.#node(subject.node);
    if (kind === "process") return node && processOrigin(node, subject.process, []);
    const entity = this.#entity({ kind, subject });
    return entity && ownOrigin(entity);
  }

  /** Where a value of it is written; undefined where nobody has written it. */
  ofValue({ kind, subject }: Pick<Change, "kind" | "subject">, key: Path): Origin | undefined {
    if (kind === "lab") return this.#labOrigin(key);
    if (kind === "process") {
      const node = this.#node(subject.node);
      return node && processOrigin(node, subject.process, key);
    }
    const entity = this.#entity({ kind, subject });
    return entity && writtenOrigin(entity, key);
  }

  /** Why a node sits where it sits, in one sentence. */
  reasonOf(node: string): string | undefined {
    return this.#nodes.get(node)?.placed.reason;
  }

  /** Why a link is a veth or a tunnel. */
  reasonOfKind(id: string): string | undefined {
    const placed = this.#links.get(id);
    if (placed === undefined) return undefined;
    if (placed.kind === "veth") return `both ends on ${placed.phynode.name}`;
    return placed.link.endpoints
      .map(({ node }, end) => `${node} on ${placed.phynodes[end]?.name}`)
      .join(", ");
  }

  /** The template that a file was rendered from; undefined for a file that is carried, or a plugin's. */
  templateOf({ subject }: Change): string | undefined {
    const origin = this.#file(subject)?.origin;
    const path = origin && "path" in origin ? origin.path : [];
    const source = path[path.indexOf("templates") + 1];
    return path.includes("templates") && typeof source === "string" ? source : undefined;
  }

  #node(name: string | undefined): Node | undefined {
    return name === undefined ? undefined : this.#nodes.get(name)?.placed.node;
  }

  #entity({ kind, subject }: Pick<Change, "kind" | "subject">): Entity | undefined {
    const { infrastructure, binaries } = this.#topology;
    if (kind === "node") return this.#node(subject.node);
    if (kind === "link") return this.#links.get(subject.link ?? "")?.link;
    if (kind === "program") return binaries.find(({ name }) => name === subject.binary);
    // Without an infrastructure the phynode is this machine, which nobody has written.
    if (kind !== "phynode" || infrastructure.isLocalhost) return undefined;
    return infrastructure.phynodes.find(({ name }) => name === subject.phynode);
  }

  #file({ node, phynode, path }: Change["subject"]): RenderedFile | undefined {
    const owner =
      node === undefined
        ? this.#rendering.phynodes.find((each) => each.phynode.name === phynode)
        : this.#nodes.get(node);
    return owner?.files.find((file) => file.path === path);
  }

  /** Its keys stand anywhere in the file; the strongest layer that has them tells. */
  #labOrigin(key: Path): Origin | undefined {
    const [first, ...rest] = key;
    const { infrastructure, document } = this.#topology;
    const entity = first === "infrastructure" ? infrastructure : this.#topology;
    const source = sourceOf(entity, first === "infrastructure" || first === "topology" ? rest : key);
    if (source.plugin !== undefined) return { plugin: source.plugin, hook: "topology" };
    const layer = document.layers.findLast(({ tables }) => valueAt(tables, key) !== undefined);
    return layer && fileOrigin(layer, key);
  }
}

function processOrigin(node: Node, process: string | undefined, key: Path): Origin | undefined {
  const index = node.processes.findIndex(({ name }) => name === process);
  return index < 0 ? undefined : writtenOrigin(node, ["pinned", index, ...key]);
}

/** What is called by its name is shown by it. */
function ownOrigin(entity: Entity): Origin | undefined {
  if (entity.fragments.length === 0 && entity.change === undefined) return undefined;
  return originIn(entity, [], "endpoints" in entity ? {} : { target: "key" });
}

/** An origin of the value itself, or of the list or table that it is in; not of the whole entity, which says nothing. */
function writtenOrigin(entity: Entity, key: Path): Origin | undefined {
  const source = sourceOf(entity, key);
  if (source.plugin !== undefined) return originIn(entity, key);
  const { fragments } = source.declared;
  if (fragments.length === 0) return undefined;
  const [, ...inner] = key;
  // A property of one end may be the whole link's, and a key under `data` may stand beside the language's.
  const written = [key, ...(isOuter(entity, key) ? [inner] : [])];
  const exact = written.find((path) => trace(fragments, path).path.length === path.length);
  if (exact !== undefined) return originIn(entity, exact);
  return trace(fragments, key).path.length > 0 ? originIn(entity, key) : undefined;
}

function isOuter(entity: Entity, key: Path): boolean {
  return key.length > 1 && ("endpoints" in entity || ("netns" in entity && key[0] === "data"));
}
