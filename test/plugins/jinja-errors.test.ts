import { definePlugin, memoryFiles, printText } from "@dune/core";
import { describe, expect, test, vi } from "vitest";
import { compileFiles, compileLab, problem, topology } from "./jinja-lab.js";

const names =
  "addrs, bin, ctx, ctx_addrs, ctx_mac, data, dir, ifaces, kind, lab, links, netns, node, nodes, param, phynode";

describe("undefined", () => {
  test.each([
    [
      "a\n  {{ nod }}\n",
      'r.conf:2:6+3 template-failed: node "r1": "nod" is not declared (did you mean "node"?)',
    ],
    [
      "{{ asn }}",
      'r.conf:1:4+3 template-failed: node "r1": "asn" is not declared (a key of your own is written with data before it: data.asn)',
    ],
    [
      "{{ zebra }}",
      `r.conf:1:4+5 template-failed: node "r1": "zebra" is not declared (declared are: ${names}; where a name may be missing, write zebra|default(""))`,
    ],
    [
      "{{ ifaces.eth0.metrc }}",
      'r.conf:1:16+5 template-failed: node "r1": "ifaces.eth0" has no "metrc" (did you mean "metric"?)',
    ],
    [
      '{{ ifaces["eth0"]["metrc"] }}',
      'r.conf:1:19+7 template-failed: node "r1": "ifaces["eth0"]" has no "metrc" (did you mean "metric"?)',
    ],
    ["{{ data.role }}", 'r.conf:1:9+4 template-failed: node "r1": "data" has no "role" (it has: asn)'],
    [
      "{{ ifaces.eth1.latency.ms }}",
      'r.conf:1:24+2 template-failed: node "r1": "ifaces.eth1.latency" is none, so it has no "ms"',
    ],
    [
      "{{ ifaces.eth1.addrs[0].prefix }}",
      'r.conf:1:22+1 template-failed: node "r1": "ifaces.eth1.addrs" has no element 0 (it is empty)',
    ],
    [
      "{% for n, i in ifaces.items() %}\n  {{ i.peer.nod }}{% endfor %}",
      'r.conf:2:13+3 template-failed: node "r1": "i.peer" has no "nod" (did you mean "node"?)',
    ],
    [
      "{% for i in ifces %}{% endfor %}",
      'r.conf:1:13+5 template-failed: node "r1": "ifces" is not declared (did you mean "ifaces"?)',
    ],
    [
      "{% if data.role %}{% endif %}",
      'r.conf:1:12+4 template-failed: node "r1": "data" has no "role" (it has: asn)',
    ],
    [
      "ä😀{{ 'ü😀' }}{{ nod }}",
      'r.conf:1:18+3 template-failed: node "r1": "nod" is not declared (did you mean "node"?)',
    ],
    [
      "{% for i in [1] %}{% endfor %}{{ i }}",
      'r.conf:1:34+1 template-failed: node "r1": "i" is not set here',
    ],
    ["{{ bin.bird }}", 'r.conf:1:8+4 template-failed: node "r1": "bin" has no "bird" (it is empty)'],
    ["{{ (node ~ 'x').foo }}", `r.conf:1:4+16 template-failed: node "r1": "(node ~ 'x').foo" is undefined`],
  ])("%s", async (source, text) => {
    expect(await problem(source)).toBe(text);
  });

  test("an expression over lines, at its first line", async () => {
    expect(await problem("a\n {{ 1 +\n   nod }} node")).toBe(
      'r.conf:3:4+3 template-failed: node "r1": "nod" is not declared (did you mean "node"?)',
    );
    expect(await problem("a\n {{ ifaces\n   .nod }} b")).toBe(
      'r.conf:2:2+9 template-failed: node "r1": a value in this line is undefined',
    );
  });

  // minijinja's strict mode lets these pass.
  test.each([
    "{{ 'a' ~ nod }}",
    "{{ nod ~ 'a' }}",
    "{{ nod == 1 }}",
    "{{ 'x' if nod != 'a' }}",
    "{{ nod in [1] }}",
    "{{ not nod }}",
    "{{ nod < 1 }}",
    "{{ nod|upper }}",
    "{{ [nod, 1]|join }}",
    "{{ [nod ~ 'a'] }}",
    "{{ [1 == nod]|length }}",
    "{{ {nod: 1} }}",
    "{{ (nod)|upper }}",
    "{{ node[nod:] }}",
    "{{ range(nod)|default(1) }}",
    "{{ data.role|default(nod) }}",
    "{{ data.role|default(nod)|default('c') }}",
    "{{ nod or 'd' }}",
    "{% set a = nod %}",
    "{% if nod %}{% endif %}",
    "{% include nod ~ '.conf' ignore missing %}",
    "{{ '10.0.0.0/8'|nthhost(nod) }}",
    "{{ 1 if node is defined and nod }}",
  ])("not only where it is printed: %s", async (source) => {
    const column = source.lastIndexOf("nod") + 1;
    const at = source === "{{ 1 if node is defined and nod }}" ? 29 : column;
    expect(await problem(source)).toBe(
      `r.conf:1:${at}+3 template-failed: node "r1": "nod" is not declared (did you mean "node"?)`,
    );
  });
});

describe("in other files", () => {
  test.each<[what: string, source: string, others: Record<string, string>, text: string]>([
    [
      "an include in a loop",
      "{% for n, i in ifaces.items() %}\n{% include 'a' %}{% endfor %}",
      { a: "x\n {{ i.mak }}" },
      'a:2:7+3 template-failed: node "r1": "i" has no "mak" (did you mean "mac"?)',
    ],
    [
      "an include in an include",
      "{% include 'd/a' %}",
      { "d/a": "\n{% include 'b' %}", "d/b": "{{ node }}\n{{ nod }}" },
      'd/b:2:4+3 template-failed: node "r1": "nod" is not declared (did you mean "node"?)',
    ],
    [
      "a macro",
      "{% from 'a' import m %}\n{{ m(1) }}",
      { a: "\n{% macro m(x) %}{{ x }}{{ nod }}{% endmacro %}" },
      'a:2:27+3 template-failed: node "r1": "nod" is not declared (did you mean "node"?)',
    ],
    [
      "what an import runs",
      "{% import 'a' as l %}",
      { a: "\n{{ nod }}" },
      'a:2:4+3 template-failed: node "r1": "nod" is not declared (did you mean "node"?)',
    ],
    [
      "what extends names",
      "{% extends 'a' %}",
      { a: "\n{{ nod }}" },
      'a:2:4+3 template-failed: node "r1": "nod" is not declared (did you mean "node"?)',
    ],
    [
      "a block",
      "{% extends 'a' %}\n{% block b %}{{ nod }}{% endblock %}",
      { a: "{% block b %}{% endblock %}" },
      'r.conf:2:17+3 template-failed: node "r1": "nod" is not declared (did you mean "node"?)',
    ],
    [
      "a filter there",
      "{% include 'a' %}",
      { a: "\n{{ 'x'|ipaddr }}" },
      'a:2:8+6 template-failed: node "r1": "x" is not an IP address',
    ],
    [
      "its syntax",
      "{% include 'a' %}",
      { a: "x\n{{ a b }}" },
      'a:2:6+1 template-failed: node "r1": unexpected identifier, expected end of variable block',
    ],
  ])("%s", async (_, source, others, text) => {
    expect(await problem(source, others)).toBe(text);
  });

  const hint = "(files are looked for in the topology's folder, then beside the file that names them)";
  test.each([
    [
      "a\n{% include 'nope' %}",
      `r.conf:2:4+14 template-failed: node "r1": there is no text file nope ${hint}`,
    ],
    [
      "{% include ['a', 'b'] %}",
      `r.conf:1:4+18 template-failed: node "r1": there is none of the text files a, b ${hint}`,
    ],
    ["{% extends 'nope' %}", `r.conf:1:4+14 template-failed: node "r1": there is no text file nope ${hint}`],
    [
      "{% import 'nope' as n %}",
      `r.conf:1:4+18 template-failed: node "r1": there is no text file nope ${hint}`,
    ],
    [
      "{% include 'r.conf' %}",
      'r.conf:1:4+16 template-failed: node "r1": r.conf cannot be rendered here (does it include itself?)',
    ],
  ])("%s", async (source, text) => {
    expect(await problem(source)).toBe(text);
  });

  test("a file that cannot be read is no crash of the plugin", async () => {
    const files = memoryFiles({ "topology.toml": topology(), "r.conf": "{% include 'a' %}", a: "" });
    const read = async (path: string) => {
      if (path === "a") throw new Error("EACCES: permission denied");
      return files.read(path);
    };
    const { diagnostics } = await compileFiles({ ...files, read });
    expect(diagnostics).toMatchObject([
      {
        code: "render/template-failed",
        message: 'node "r1": the file a cannot be read: EACCES: permission denied',
      },
    ]);
  });
});

describe("syntax, before anything is rendered", () => {
  test.each([
    ["a\n{{ a b }}\n", "r.conf:2:6+1 template-syntax: unexpected identifier, expected end of variable block"],
    ["a\n{% iff x %}\n", "r.conf:2:4+3 template-syntax: unknown statement iff"],
    [
      "a\n{% if node %}\nb\n",
      "r.conf:2:1+13 template-syntax: unexpected end of input, expected end of block",
    ],
    [
      "a\n{{ 'a }}\n",
      "r.conf:2:1+2 template-syntax: unexpected end of string (what begins here is not closed)",
    ],
    [
      "{{ b }} {# a",
      "r.conf:1:9+2 template-syntax: unexpected end of comment (what begins here is not closed)",
    ],
    ["{% raw %}", "r.conf:1:9+0 template-syntax: unexpected end of raw block"],
  ])("%s", async (source, text) => {
    expect(await problem(source)).toBe(text);
  });
});

describe("other faults", () => {
  test.each([
    [
      "{{ 1|ipadr }}",
      'r.conf:1:6+5 template-failed: node "r1": there is no filter "ipadr" (did you mean "ipaddr"?)',
    ],
    ["{{ 1 is foo }}", 'r.conf:1:9+3 template-failed: node "r1": there is no test "foo"'],
    ["{{ foo(1) }}", 'r.conf:1:4+6 template-failed: node "r1": there is no function or macro "foo"'],
    ["{{ ifaces.itms() }}", 'r.conf:1:10+7 template-failed: node "r1": a map has no method "itms"'],
    [
      "{{ 1 + 'a' }}",
      'r.conf:1:4+7 template-failed: node "r1": tried to use + operator on unsupported types number and string',
    ],
    [
      "{{ node + ifaces.eth0.metric }}",
      'r.conf:1:4+25 template-failed: node "r1": tried to use + operator on unsupported types string and number',
    ],
    ["{{ 1 // 0 }}", 'r.conf:1:4+6 template-failed: node "r1": unable to calculate 1 // 0'],
  ])("%s", async (source, text) => {
    expect(await problem(source)).toBe(text);
  });

  test("a loop without end ends, once for all nodes", { timeout: 60_000 }, async () => {
    const source = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}";
    const { diagnostics } = await compileLab({ "r.conf": source });
    expect(diagnostics).toMatchObject([
      {
        code: "render/template-failed",
        message: 'node "r1": it does not come to an end: it takes more than 100,000,000 steps',
        count: 2,
      },
    ]);
  });

  // Only the first ten are looked at closely.
  test("one fault on many nodes is one diagnostic", async () => {
    const nodes = Array.from(
      { length: 15 },
      (_, index) => `[topology.nodes.s${index}]\naddrs.lo = ["::${index + 1}/128"]\n`,
    );
    const text = topology().replace("[topology.nodes.r2]\n", `[topology.nodes.r2]\n${nodes.join("")}`);
    const source = "{% for n, addrs in ctx_addrs.items() %}{% include 'a' %}{% endfor %}";
    const { diagnostics } = await compileFiles(
      memoryFiles({ "topology.toml": text, "r.conf": source, a: "\n{{ addrs[0].prefx }}" }),
    );
    expect(diagnostics).toMatchObject([
      {
        message: 'node "r1": "addrs[0]" has no "prefx"',
        hint: 'did you mean "prefix"?',
        at: { file: "a", line: 2, column: 13, length: 5 },
        count: 16,
      },
    ]);
  });

  // WebAssembly cannot go on after that: what comes next needs a new instance. After a first failure it prints, too.
  test("what breaks minijinja is told as the template's fault, and breaks nothing else", async () => {
    const text = topology().replace(
      "[topology.nodes.r2]\n",
      '[topology.nodes.r2]\ntemplates = { "s.conf" = "/etc/s.conf" }\n',
    );
    const huge = "{{ nod if node == 'r1' }}{% set x = 'x' * 1000000 %}{% set y = x * 10000 %}{{ y|length }}";
    const printed = vi.spyOn(console, "error");
    const { diagnostics } = await compileFiles(
      memoryFiles({ "topology.toml": text, "r.conf": huge, "s.conf": "{{ nod }}" }),
    );
    expect(diagnostics.map((each) => `${each.code} ${each.message}`)).toEqual([
      'render/template-failed node "r1": "nod" is not declared',
      'render/template-failed node "r2": the Jinja engine breaks down at it (unreachable)',
      'render/template-failed node "r2": "nod" is not declared',
    ]);
    expect(printed).not.toHaveBeenCalled();
  });

  test("a value of another plugin that Jinja cannot hold", async () => {
    const files = memoryFiles({ "topology.toml": topology(), "r.conf": "{{ big }}" });
    const big = definePlugin({
      name: "big",
      api: 1,
      setup: (dune) => dune.context({ globals: { big: () => 2n ** 70n } }),
    });
    const { diagnostics } = await compileFiles(files, [big]);
    expect(diagnostics).toMatchObject([
      {
        code: "render/template-failed",
        message: expect.stringContaining('the value of "big" cannot be given to Jinja'),
      },
    ]);
  });

  test("as it is printed", async () => {
    const files = { "topology.toml": topology(), "r.conf": "area 0 {\n  cost {{ ifaces.eth0.metrc }};\n}\n" };
    const { diagnostics } = await compileFiles(memoryFiles(files));
    expect(
      printText(diagnostics, { read: (file) => (files as Record<string, string>)[file] }),
    ).toMatchInlineSnapshot(`
      "error[render/template-failed]: node "r1": "ifaces.eth0" has no "metrc" (and 1 more like this)
        --> r.conf:2:23
        2 │   cost {{ ifaces.eth0.metrc }};
          │                       ^^^^^
        hint: did you mean "metric"?

      2 errors
      "
    `);
  });
});

test.each([
  ["a function", () => [() => 1]],
  ["an object of Map", () => new Map()],
  ["an object of Date", () => ({ at: new Date(0) })],
])("a plugin's value with %s in it is refused, not printed", async (what, value) => {
  const odd = definePlugin({
    name: "odd",
    api: 1,
    setup: (dune) => dune.context({ globals: { odd: value } }),
  });
  const files = memoryFiles({ "topology.toml": topology(), "r.conf": "{{ odd }}" });
  const { diagnostics } = await compileFiles(files, [odd]);
  expect(diagnostics[0]?.code).toBe("render/template-failed");
  expect(diagnostics[0]?.message).toContain(`"odd" has ${what} in it, which Jinja cannot take`);
});
