import type { AnyNode } from "acorn";

/** What a template may not do, found in its syntax tree. */
export interface Refusal {
  readonly node: AnyNode;
  readonly message: string;
  readonly hint: string;
}

/**
 * Refuses what would make the output depend on more than the input (chance, the machine's language), what can only
 * end after the template has (promises), and text governed by a statement without braces, which would govern only
 * its first piece. `isTemplateCode` says whether an offset is the user's code and not a text or value of ours.
 */
export function findRefusal(root: AnyNode, isTemplateCode: (offset: number) => boolean): Refusal | undefined {
  const pending: AnyNode[] = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const refusal = refuseNode(node) ?? refuseBareBody(node, isTemplateCode);
    if (refusal !== undefined) return refusal;
    pushChildren(pending, node);
  }
  return undefined;
}

function refuseNode(node: AnyNode): Refusal | undefined {
  switch (node.type) {
    case "MemberExpression":
      return refuseMember(node);
    case "ImportExpression":
      return { node, message: "a template cannot import modules", hint: "use JavaScript's own objects" };
    case "FunctionExpression":
    case "FunctionDeclaration":
    case "ArrowFunctionExpression":
      if (!node.async) return undefined;
      return { node, message: "a template cannot wait for an async function", hint: "leave out async" };
    default:
      return undefined;
  }
}

function refuseMember(node: AnyNode & { type: "MemberExpression" }): Refusal | undefined {
  const { object, property } = node;
  const isNamed = property.type === "Identifier" && !node.computed;
  const name = isNamed ? property.name : property.type === "Literal" ? property.value : undefined;
  if (typeof name !== "string") return undefined;
  if (object.type === "Identifier" && object.name === "Math" && name === "random") {
    const hint = "derive the value from the topology, so that every build gives the same output";
    return { node, message: "Math.random gives another value in every build", hint };
  }
  if (name === "localeCompare" || name.startsWith("toLocale")) {
    const hint = "compare with < and format with toString(), toFixed(), toUpperCase(), …";
    return { node, message: `${name} depends on the language of the machine that compiles`, hint };
  }
  return undefined;
}

function refuseBareBody(node: AnyNode, isTemplateCode: (offset: number) => boolean): Refusal | undefined {
  const bodies = node.type === "IfStatement" ? [node.consequent, node.alternate] : loopBodies(node);
  if (!bodies.some((body) => body && !isTemplateCode(body.start))) return undefined;
  const message = "without braces this statement governs only the first piece of the text after it";
  return { node, message, hint: 'end its tag with "{" and put {{% } %}} after the text' };
}

function loopBodies(node: AnyNode): AnyNode[] {
  switch (node.type) {
    case "ForStatement":
    case "ForInStatement":
    case "ForOfStatement":
    case "WhileStatement":
    case "DoWhileStatement":
      return [node.body];
    default:
      return [];
  }
}

/** In reverse, so that they are popped in the order of the source. */
function pushChildren(pending: AnyNode[], node: AnyNode): void {
  const values: unknown[] = Object.values(node);
  for (const value of values.reverse()) {
    const candidates: unknown[] = Array.isArray(value) ? value : [value];
    for (const candidate of candidates.toReversed()) if (isNode(candidate)) pending.push(candidate);
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
