import type { Origin } from "../../diagnostics/diagnostic.js";
import { nearest } from "../../diagnostics/near.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import { parseEndpoint } from "../../values/endpoint.js";
import { parseInterfaceName } from "../../values/names.js";
import { fileOrigin } from "../1-parse/file-origin.js";
import { printKeyPath } from "../1-parse/key-path.js";
import type { Fragment } from "./fragment.js";

/** A link's two ends as declared, before its properties are read. */
export interface DeclaredLink {
  /** Both ends sorted: the link's identity. */
  readonly id: string;
  /** Both ends in declared order. */
  readonly name: string;
  readonly ends: readonly [DeclaredEnd, DeclaredEnd];
  /** Its entries, weakest first; more than one where layers describe the same link. */
  readonly fragments: readonly Fragment[];
}

export interface DeclaredEnd {
  readonly node: string;
  readonly interface: string;
  /** `node:interface` */
  readonly text: string;
}

/** Reads the ends of every link entry, joins entries of one link over the layers, and sorts by id. */
export function declareLinks(
  entries: readonly Fragment[],
  nodeNames: ReadonlySet<string>,
  reporter: Reporter,
): readonly DeclaredLink[] {
  const links = new Map<string, DeclaredLink>();
  for (const fragment of entries) {
    const ends = readEnds(fragment, nodeNames, reporter);
    if (ends === undefined) continue;
    const [a, b] = ends;
    const id = a.text < b.text ? `${a.text}|${b.text}` : `${b.text}|${a.text}`;
    const known = links.get(id);
    if (known?.fragments.some((other) => other.layer === fragment.layer)) {
      reporter.report("resolve/duplicate-link", {
        message: `a link between "${a.text}" and "${b.text}" is declared twice`,
        at: fileOrigin(fragment.layer, [...fragment.path, "endpoints"]),
        related: known.fragments.map((other) => ({
          message: "first here",
          at: fileOrigin(other.layer, [...other.path, "endpoints"]),
        })),
        hint: "keep one entry with all the properties, or give the second link interfaces of its own",
      });
      continue;
    }
    links.set(id, {
      id,
      name: `${a.text}-${b.text}`,
      ends,
      fragments: [...(known?.fragments ?? []), fragment],
    });
  }
  const sorted = [...links.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  reportSharedInterfaces(sorted, reporter);
  return sorted;
}

function readEnds(
  fragment: Fragment,
  nodeNames: ReadonlySet<string>,
  reporter: Reporter,
): readonly [DeclaredEnd, DeclaredEnd] | undefined {
  const { endpoints } = fragment.table;
  const path = [...fragment.path, "endpoints"];
  if (
    !Array.isArray(endpoints) ||
    endpoints.length !== 2 ||
    endpoints.some((end) => typeof end !== "string")
  ) {
    reporter.report(endpoints === undefined ? "resolve/missing-key" : "resolve/wrong-type", {
      message: `${fragment.label} ${endpoints === undefined ? "has no endpoints" : "must have exactly two endpoints"}`,
      at: fileOrigin(fragment.layer, path),
      hint: 'write endpoints = ["r0:eth0", "r1:eth0"]',
    });
    return undefined;
  }
  const [a, b] = (endpoints as string[]).map((text, index) =>
    readEnd(text, index, fragment, nodeNames, reporter),
  );
  if (a === undefined || b === undefined) return undefined;
  if (a.node === b.node) {
    reporter.report("resolve/self-loop", {
      message: `a link has both ends on node "${a.node}": "${a.text}" and "${b.text}"`,
      at: fileOrigin(fragment.layer, path),
      hint: "a link joins two nodes; for a second address use addrs.lo, for a shared segment a node of kind bridge",
    });
    return undefined;
  }
  return [a, b];
}

function readEnd(
  text: string,
  index: number,
  fragment: Fragment,
  nodeNames: ReadonlySet<string>,
  reporter: Reporter,
): DeclaredEnd | undefined {
  const at = (offset: number, length: number) =>
    fileOrigin(fragment.layer, [...fragment.path, "endpoints", index], "value", { offset, length });
  const end = parseEndpoint(text);
  if (!end.ok) {
    const code = text.startsWith("@") ? "resolve/outside-endpoint" : "resolve/bad-value";
    reporter.report(code, {
      message: end.message,
      at: at(0, text.length),
      ...(end.hint && { hint: end.hint }),
    });
    return undefined;
  }
  const { node, interface: name } = end.value;
  if (!nodeNames.has(node)) {
    const near = nearest(node, nodeNames);
    reporter.report("resolve/unknown-endpoint", {
      message: `the endpoint "${text}" names node "${node}", which does not exist`,
      at: at(0, node.length),
      hint: declareHint(node, near),
    });
    return undefined;
  }
  const valid = parseInterfaceName(name, { allowLoopback: false });
  if (!valid.ok) {
    const { message, hint } = valid;
    reporter.report("resolve/bad-interface-name", {
      message,
      at: at(node.length + 1, name.length),
      ...(hint && { hint }),
    });
    return undefined;
  }
  return { node, interface: name, text: `${node}:${name}` };
}

/** What to do about a node that does not exist. */
export function declareHint(node: string, near: string | undefined): string {
  const header = `[topology.nodes.${printKeyPath([node])}]`;
  return near === undefined
    ? `declare it: ${header}`
    : `did you mean "${near}"? If not, declare it: ${header}`;
}

/**
 * The interfaces of each node that link entries name, those of entries with a mistake included: an address of such an
 * interface is no mistake of its own.
 */
export function namedInterfaces(entries: readonly Fragment[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { table } of entries) {
    if (!Array.isArray(table.endpoints)) continue;
    for (const text of table.endpoints) {
      const end = typeof text === "string" ? parseEndpoint(text) : undefined;
      if (!end?.ok) continue;
      const known = names.get(end.value.node);
      if (known === undefined) names.set(end.value.node, [end.value.interface]);
      else known.push(end.value.interface);
    }
  }
  return names;
}

function reportSharedInterfaces(links: readonly DeclaredLink[], reporter: Reporter): void {
  const users = new Map<string, { link: DeclaredLink; side: number }>();
  for (const link of links) {
    for (const [side, end] of link.ends.entries()) {
      const user = users.get(end.text);
      if (user === undefined) users.set(end.text, { link, side });
      else {
        reporter.report("resolve/interface-in-use", {
          message: `interface "${end.interface}" of node "${end.node}" is used by two links`,
          at: endOrigin(link, side),
          related: [{ message: "the other link", at: endOrigin(user.link, user.side) }],
          hint: "give one of the links another interface, or make a shared segment with a node of kind bridge",
        });
      }
    }
  }
}

export function endOrigin(link: Pick<DeclaredLink, "fragments">, side: number): Origin {
  const fragment = link.fragments.at(-1) as Fragment;
  return fileOrigin(fragment.layer, [...fragment.path, "endpoints", side]);
}
