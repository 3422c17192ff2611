import fc from "fast-check";

type Draw = fc.GeneratorValue;

const KEYS = [
  ...["a", "b", "c-d", "x_1", "12", "true", "inf", "nodes", "links", "constructor"],
  ...["r1:eth1", "", "k y", "é", "😀", 'q"t', "it's", "t\tab", "a.b", "[x]", "#", "=", "\\", "\x1b"],
];
const PLAIN_VALUES = [
  ...["1", "-17", "+3", "1_000", "0xff", "0o17", "0b1", "3.25", "-1e3", "inf", "-nan", "true", "false"],
  ...["1979-05-27T07:32:00Z", "1979-05-27 07:32:00.5-07:00", "1979-05-27T07:32:00", "1979-05-27", "07:32:00"],
];
const CHARACTERS = [..."abc \t\n\"'\\#[]{},=é😀", "\x1b", "\r", "\u0080", "世"];
const SIMPLE_ESCAPES: Record<string, string> = {
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
  "\x1b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
};

/** Valid TOML 1.1 that uses every construct in every notation; only the drawing decides. */
export function drawDocument(draw: Draw): string {
  const eol = draw(fc.constantFrom, "\n", "\r\n");
  const document = drawTable(draw, [], "root", 0);
  return (draw(fc.boolean) ? "# first\n\n" : "") + (eol === "\n" ? document : document.replaceAll("\n", eol));
}

/** A string of any kind as it stands in a document, its quotes included. */
export function drawStringLiteral(draw: Draw): string {
  const characters = draw(fc.array, fc.constantFrom(...CHARACTERS), { maxLength: 12 });
  const content = characters.join("");
  const style = draw(fc.constantFrom, "basic", "literal", "multi-line basic", "multi-line literal");
  if (style === "literal" && !includesAny(content, ["'", "\n", "\r", "\x1b"])) return `'${content}'`;
  // One or two quotes may stand before the closing three.
  if (style === "multi-line literal" && !includesAny(content, ["'''", "\r", "\x1b"]))
    return `'''\n${content}'''`;
  if (style !== "multi-line basic")
    return `"${characters.map((one) => writeCharacter(draw, one, false)).join("")}"`;
  const written = characters.map((one) => writeCharacter(draw, one, true));
  return `"""${draw(fc.boolean) ? "\n" : ""}${written.join("")}"""`;
}

function writeCharacter(draw: Draw, character: string, isMultiLine: boolean): string {
  const codePoint = character.codePointAt(0) ?? 0;
  const long = `\\U${codePoint.toString(16).padStart(8, "0")}`;
  const medium = codePoint <= 0xffff ? `\\u${codePoint.toString(16).toUpperCase().padStart(4, "0")}` : long;
  const short = codePoint <= 0xff ? `\\x${codePoint.toString(16).padStart(2, "0")}` : medium;
  const simple = SIMPLE_ESCAPES[character] ?? character;
  const bare = isMultiLine && character === "\n" ? "\n" : simple;
  const folded = isMultiLine && character !== " " ? `\\  \n \t\n${simple}` : simple;
  return draw(fc.constantFrom, bare, bare, simple, long, medium, short, folded);
}

/** A table with its header and all below it; sub-tables may come before it, and its own header may be left out. */
function drawTable(draw: Draw, path: string[], kind: "root" | "table" | "element", depth: number): string {
  const keys = drawKeys(draw, depth === 0 ? 6 : 3);
  const subTables: string[] = [];
  const assignments: string[] = [];
  for (const key of keys) {
    const form = draw(fc.constantFrom, "value", "dotted", "table", "list");
    if (depth >= 3 || form === "value") assignments.push(drawAssignment(draw, [key], depth));
    else if (form === "dotted") assignments.push(...drawDotted(draw, key, depth));
    else if (form === "table") subTables.push(drawTable(draw, [...path, key], "table", depth + 1));
    else subTables.push(...drawElements(draw, [...path, key], depth));
  }
  const own = assignments.map((one) => one + drawLineEnd(draw)).join("");
  if (kind === "root") return own + subTables.join("");
  const isImplicit = kind === "table" && subTables.length > 0 && own === "" && draw(fc.boolean);
  if (isImplicit) return subTables.join("");
  const header = `${drawBlanks(draw)}[${drawKey(draw, path)}]`;
  const body = `${kind === "element" ? header.replace("[", "[[").replace(/]$/, "]]") : header}${drawLineEnd(draw)}${own}`;
  return kind === "table" && draw(fc.boolean) ? subTables.join("") + body : body + subTables.join("");
}

function drawElements(draw: Draw, path: string[], depth: number): string[] {
  const count = draw(fc.integer, { min: 1, max: 3 });
  return Array.from({ length: count }, () => drawTable(draw, path, "element", depth + 1));
}

function drawDotted(draw: Draw, key: string, depth: number): string[] {
  return drawKeys(draw, 3, 1).map((inner, index) =>
    drawAssignment(draw, index === 0 ? [key, inner, "deep"] : [key, inner], depth),
  );
}

function drawAssignment(draw: Draw, path: string[], depth: number): string {
  return `${drawBlanks(draw)}${drawKey(draw, path)}${drawBlanks(draw)}=${drawBlanks(draw)}${drawValue(draw, depth)}`;
}

function drawValue(draw: Draw, depth: number): string {
  const form = draw(fc.constantFrom, "plain", "string", "array", "inline table");
  if (form === "string") return drawStringLiteral(draw);
  if (depth >= 4 || form === "plain") return draw(fc.constantFrom, ...PLAIN_VALUES);
  if (form === "array") {
    const count = draw(fc.integer, { min: 0, max: 3 });
    return `[${drawItems(
      draw,
      Array.from({ length: count }, () => drawValue(draw, depth + 1)),
    )}]`;
  }
  const assignments = drawKeys(draw, 3).flatMap((key) =>
    draw(fc.boolean) ? drawDotted(draw, key, depth + 1) : [drawAssignment(draw, [key], depth + 1)],
  );
  return `{${drawItems(draw, assignments)}}`;
}

function drawItems(draw: Draw, items: string[]): string {
  const gap = () => draw(fc.constantFrom, "", " ", "\n", " # ] } \" ' = [x]\n  ");
  const trailing = items.length > 0 && draw(fc.boolean) ? "," : "";
  return gap() + items.map((item) => item + gap()).join(`,${gap()}`) + trailing + gap();
}

function drawKeys(draw: Draw, maxLength: number, minLength = 0): string[] {
  const keys = fc.uniqueArray(fc.constantFrom(...KEYS), { minLength, maxLength });
  return draw(() => keys);
}

function drawKey(draw: Draw, path: string[]): string {
  return path.map((key) => drawKeySegment(draw, key)).join(`${drawBlanks(draw)}.${drawBlanks(draw)}`);
}

function drawKeySegment(draw: Draw, key: string): string {
  const basic = `"${[...key].map((one) => writeCharacter(draw, one, false)).join("")}"`;
  const bare = /^[A-Za-z0-9_-]+$/.test(key) ? key : basic;
  const literal = includesAny(key, ["'", "\x1b"]) ? basic : `'${key}'`;
  return draw(fc.constantFrom, bare, bare, basic, literal);
}

function drawBlanks(draw: Draw): string {
  return draw(fc.constantFrom, "", "", " ", "\t ");
}

function drawLineEnd(draw: Draw): string {
  return draw(fc.constantFrom, "\n", "\n", "\n\n", " # a \"comment' [b]\n");
}

function includesAny(text: string, parts: string[]): boolean {
  return parts.some((part) => text.includes(part));
}
