import fc from "fast-check";
import { parse } from "smol-toml";
import type { AST } from "toml-eslint-parser";
import { parseTOML } from "toml-eslint-parser";
import { describe, expect, test } from "vitest";
import { TomlIndex } from "../../packages/core/dist/diagnostics/toml-index.js";
import { drawDocument } from "./diagnostics-toml-documents.js";

type Path = (string | number)[];
interface Spans {
  key: AST.Range;
  value: AST.Range;
  isMention: boolean;
}

const EVERYTHING = `# every construct
name = "triangle" # a "comment" ] }
"quoted key" = 'it is'
'literal.key'.sub."\\u0061\\x62\\e" = 1
site.owner . name = "x"
site.owner.age = 3
text = """
[not.a.table]
quotes ""\\" and \\
   folded"""""
raw = '''[neither] '' """ # no comment'''
empty = ""
dates = [1979-05-27 07:32:00Z, 07:32:00, # ]
  1979-05-27]

[infrastructure.nodes.server1]
cores = [[1, 2, 3], [4, 5, 6, 7],]
setup.pre = ["modprobe vxlan"]
setup.post = []

[topology.nodes.r0.addrs]
lo = ["fc00:1::1/128"]

[topology]
links = [
  { endpoints = ["r0:eth0", "r1:eth0"] }, # [0]
  {
    endpoints = ["r0:eth1", "r1:eth1"],
    mtu = 1500, "r1:eth1".latency = "25ms", # 1.1
    "r1:eth1".loss = 0.5,
  },
]

[[topology.defaults.nodes.pinned]]
cmd = "bird"
[topology.defaults.nodes.pinned.environ]
A = "1"
[[topology.defaults.nodes.pinned]]
cmd = "frr"
  [[ topology . defaults . "nodes" . pinned . routes ]]
  to = "a"
  [[topology.defaults.nodes.pinned.routes]]
  to = "b"
[topology.defaults.nodes.pinned.environ]
A = "2"
[topology.defaults]
x = {}
`;

const SUPER_TABLE_LAST =
  "[a.b.c]\nx = 1\n[a]\ny = 2\n[[p.q]]\n[p]\nr = { s.t = [[], [{ u = 1 }]], s.v = 2 }\n";

/** What the syntax tree of another parser says about every path of the document. */
function oracle(source: string): Map<string, Spans> {
  const spans = new Map<string, Spans>();
  const note = (path: Path, key: AST.Range, value: AST.Range, isMention: boolean) => {
    const id = JSON.stringify(path);
    const known = spans.get(id);
    if (known === undefined || (known.isMention && !isMention)) spans.set(id, { key, value, isMention });
  };
  const visitValue = (node: AST.TOMLContentNode, path: Path) => {
    if (node.type === "TOMLInlineTable") for (const one of node.body) visitKeyValue(one, path);
    if (node.type !== "TOMLArray") return;
    for (const [index, element] of node.elements.entries()) {
      note([...path, index], element.range, element.range, false);
      visitValue(element, [...path, index]);
    }
  };
  const visitKeyValue = (node: AST.TOMLKeyValue, base: Path) => {
    const path = [...base];
    for (const key of node.key.keys) {
      path.push(key.type === "TOMLBare" ? key.name : key.value);
      const isMention = key !== node.key.keys.at(-1);
      note([...path], key.range, isMention ? key.range : node.value.range, isMention);
    }
    visitValue(node.value, path);
  };
  const visitTable = (node: AST.TOMLTable) => {
    const path: Path = [];
    let keyIndex = -1;
    for (const step of node.resolvedKey) {
      path.push(step);
      if (typeof step === "string") keyIndex++;
      const key = node.key.keys[keyIndex]?.range ?? [0, 0];
      const isMention = keyIndex < node.key.keys.length - 1;
      note([...path], key, isMention ? key : node.key.range, isMention);
    }
    for (const one of node.body) visitKeyValue(one, path);
  };
  for (const node of parseTOML(source, { tomlVersion: "1.1" }).body[0].body) {
    if (node.type === "TOMLTable") visitTable(node);
    else visitKeyValue(node, []);
  }
  return spans;
}

function pathsOf(value: unknown, path: Path = []): Path[] {
  const here = path.length === 0 ? [] : [path];
  if (typeof value !== "object" || value === null || value instanceof Date) return here;
  const steps: [string | number, unknown][] = Array.isArray(value)
    ? value.map((one, index) => [index, one])
    : Object.entries(value);
  return here.concat(...steps.map(([step, one]) => pathsOf(one, [...path, step])));
}

function compareWithOracle(source: string): void {
  const oracles = oracle(source);
  const paths = pathsOf(parse(source));
  const index = new TomlIndex(source);
  const found: unknown[] = [];
  const expected: unknown[] = [];
  const compare = (path: Path, target: "key" | "value", range: AST.Range | undefined, exact: boolean) => {
    const place = index.find(path, target);
    found.push({ path, target, range: place && [place.start, place.end], exact: place?.exact });
    expected.push({ path, target, range, exact });
  };
  for (const path of paths) {
    const spans = oracles.get(JSON.stringify(path));
    compare(path, "key", spans?.key, true);
    compare(path, "value", spans?.value, true);
    for (const missing of ["no such key", 99]) compare([...path, missing, "x"], "value", spans?.key, false);
  }
  expect(found).toEqual(expected);
  expect(oracles.size).toBe(paths.length);
}

describe("the place of a path in TOML agrees with the syntax tree of toml-eslint-parser", () => {
  test("in a document with every construct", () => compareWithOracle(EVERYTHING));
  test("with Windows line ends", () => compareWithOracle(EVERYTHING.replaceAll("\n", "\r\n")));
  test("where a table comes after its sub-tables", () => compareWithOracle(SUPER_TABLE_LAST));
  test("in generated documents", () => {
    fc.assert(
      fc.property(fc.gen(), (draw) => compareWithOracle(drawDocument(draw))),
      // Shrinking a drawn document takes minutes and makes it hardly smaller.
      { numRuns: 150, endOnFailure: true },
    );
  });
});

describe("the place of a path in TOML", () => {
  const textAt = (path: Path, target: "key" | "value") => {
    const found = new TomlIndex(EVERYTHING).find(path, target);
    return found && EVERYTHING.slice(found.start, found.end);
  };

  test("is the header's key for a table", () => {
    expect(textAt(["topology", "defaults"], "value")).toBe("topology.defaults");
    expect(textAt(["topology", "defaults"], "key")).toBe("defaults");
    expect(textAt(["infrastructure"], "value")).toBe("infrastructure");
  });

  test("is the last existing key for what is missing", () => {
    expect(textAt(["topology", "nodes", "r0", "addrs", "eth0", 0], "value")).toBe("addrs");
    expect(textAt(["topology", "links", 0, "mtu"], "value")).toBe('{ endpoints = ["r0:eth0", "r1:eth0"] }');
  });

  test("is nowhere if not even the first key exists", () => {
    expect(textAt(["nothing", "here"], "key")).toBeUndefined();
    expect(textAt([], "key")).toBeUndefined();
    expect(new TomlIndex("").find(["a"], "key")).toBeUndefined();
  });

  test("skips a byte order mark", () => {
    expect(new TomlIndex("\ufeffa = 1").find(["a"], "value")).toEqual({ start: 5, end: 6, exact: true });
  });

  test("never fails or hangs on text that is no TOML", () => {
    const noise = fc.string({ unit: fc.constantFrom(..."ab.=[]{}\"'\\#,\n\r 1") });
    const step = fc.oneof(fc.constantFrom("a", "b", ""), fc.constantFrom(0, 1, 1e9, -1));
    fc.assert(
      fc.property(noise, fc.array(step, { maxLength: 4 }), (source, path) => {
        const found = new TomlIndex(source).find(path, "value");
        if (found === undefined) return;
        expect(found.start).toBeGreaterThanOrEqual(0);
        expect(found.end).toBeGreaterThanOrEqual(found.start);
        expect(found.end).toBeLessThanOrEqual(source.length);
      }),
      { numRuns: 5000 },
    );
  });
});
