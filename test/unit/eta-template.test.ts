import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileTemplate, type EtaTemplate } from "../../packages/core/dist/template/eta/template.js";

type Values = Readonly<Record<string, unknown>>;

function compiled(source: string): EtaTemplate {
  const result = compileTemplate(source);
  if (!result.ok)
    throw new Error(`${result.problem.line}:${result.problem.column} ${result.problem.message}`);
  return result.template;
}

function render(source: string, values: Values = {}): string {
  const result = compiled(source).render(values);
  if (!result.ok)
    throw new Error(`${result.problem.line}:${result.problem.column} ${result.problem.message}`);
  return result.text;
}

function compileProblem(source: string) {
  const result = compileTemplate(source);
  if (result.ok) throw new Error(`accepted: ${source}`);
  return result.problem;
}

function renderProblem(source: string, values: Values = {}) {
  const result = compiled(source).render(values);
  if (result.ok) throw new Error(`rendered: ${result.text}`);
  return result.problem;
}

const names = (source: string) => compiled(source).names.map(({ name }) => name);

describe("values", () => {
  test.each<[source: string, values: Values, text: string]>([
    ["{{_x}}", { _x: "a" }, "a"],
    ["{{-x}}", { x: 3 }, "-3"],
    ['{{ "}}" }}{{ "{{" }}', {}, "}}{{"],
    ["{{ a // b\n}}.", { a: 1 }, "1."],
    ["{{ a // b }}\n}}.", { a: 1 }, "1."],
    ["{{ {a:1}.a }}", {}, "1"],
    [`{{ \`<\${x}>\` }}`, { x: "}}" }, "<}}>"],
    ['{{ "a{1}b".replace(/[{}]/g, "") }}', {}, "a1b"],
    ["{{ a, b }}", { a: 1, b: 2 }, "2"],
    ["{{ true }} {{ 12n }} {{ 0 }} {{ '' }}", {}, "true 12  0 ".replace("  ", " ")],
    ["<{{ html }}>", { html: "<b>&\"'" }, "<<b>&\"'>"],
    ["{{ a ?? 'none' }}", {}, "none"],
    ["{{% const { a: [b] } = c; %}}{{ b }}", { c: { a: [5] } }, "5"],
    ["{{ out }} {{ out_ }} {{ text }}", { out: 1, out_: 2, text: 3 }, "1 2 3"],
    [
      "{{ layout }} {{ it }} {{ options }} {{ include }}",
      { layout: 1, it: 2, options: 3, include: 4 },
      "1 2 3 4",
    ],
    ["{{ toString ?? 'own' }}", {}, "own"],
  ])("%j", (source, values, text) => {
    expect(render(source, values)).toBe(text);
  });
});

describe("statements", () => {
  test.each<[source: string, values: Values, text: string]>([
    ["{{% for (const i of ifaces) { %}}\n- {{ i }}\n{{% } %}}\n", { ifaces: ["a", "b"] }, "- a\n- b\n"],
    ["{{% if (x) { %}}yes{{% } else { %}}no{{% } %}}", { x: false }, "no"],
    ["{{% if (x) { %}}\nyes\n{{% } %}}\n{{% else { %}}\nno\n{{% } %}}\n", { x: false }, "no\n"],
    [
      "{{% switch (x) { %}}\n{{% case 1: %}}\none\n{{% break; default: %}}\nmany\n{{% } %}}",
      { x: 1 },
      "one\n",
    ],
    ["{{% x.forEach((y, i) => { %}}{{ i }}{{ y }},{{% }) %}}", { x: ["a", "b"] }, "0a,1b,"],
    ["{{% const row = (x) => { %}}[{{ x }}]{{% }; %}}{{% row(1); row(2) %}}", {}, "[1][2]"],
    ["{{% const a = b %}}\n{{% (c) %}}\n{{ a }}", { b: 1, c: 2 }, "1"],
    ["{{% // a comment\n%}}\n{{% /* another */ %}}\n{{% %}}\nx", {}, "x"],
    ["a{{% return %}}b", {}, "a"],
    ["{{% let n = 0; while (n < 3) { n += 1 %}}{{ n }}{{% } %}}", {}, "123"],
    ["{{% var a = 1; function f() { return a } %}}{{ f() }}", {}, "1"],
  ])("%j", (source, values, text) => {
    expect(render(source, values)).toBe(text);
  });

  test("a BIRD configuration over the interfaces of a node", () => {
    const source = `protocol ospf v3 {
  ipv6 { import all; export all; };
  area 0 {
{{% for (const iface of Object.values(ifaces)) { %}}
    interface "{{ iface.name }}" { cost {{ iface.metric }}; };
{{% } %}}
  };
}
`;
    const addrs = [{ address: "2001:db8::1", prefix: "2001:db8::", plen: 64 }];
    const ifaces = {
      eth0: { name: "eth0", idx: 0, addrs, metric: 10, latency: "5ms" },
      eth1: { name: "eth1", idx: 1, addrs: [], metric: 20, latency: "25ms" },
    };
    expect(render(source, { ifaces })).toBe(`protocol ospf v3 {
  ipv6 { import all; export all; };
  area 0 {
    interface "eth0" { cost 10; };
    interface "eth1" { cost 20; };
  };
}
`);
    expect(render(source.replaceAll("\n", "\r\n"), { ifaces })).toContain(
      '{\r\n    interface "eth0" { cost 10; };\r\n',
    );
  });
});

describe("names", () => {
  test("are given with every use and its place", () => {
    expect(compiled("echo {{node}}\r\n {{ core_1 + node }}").names).toEqual([
      { name: "node", offset: 7, length: 4, line: 1, column: 8 },
      { name: "core_1", offset: 19, length: 6, line: 2, column: 5 },
      { name: "node", offset: 28, length: 4, line: 2, column: 14 },
    ]);
  });

  test.each<[source: string, free: string[]]>([
    ["plain", []],
    ["{{ a.b.c[d] }}", ["a", "d"]],
    ["{{ list.map((x) => x + y).join() }}", ["list", "y"]],
    ["{{% const { a, b: [c], ...d } = e; %}}{{ a + c + d.x }}", ["e"]],
    ["{{% for (const [k, v] of Object.entries(t)) { %}}{{ k }}{{ v }}{{% } %}}{{ k }}", ["t", "k"]],
    ["{{% var a = 1; function f(x) { return x + arguments.length } %}}{{ f(a) }}", []],
    ["{{% try { a } catch (e) { e } %}}{{ e }}", ["a", "e"]],
    ["{{ { node, x: y, [z]: 1 }.node }}", ["node", "y", "z"]],
    ["{{ typeof a }}{{% a = 1 %}}", ["a", "a"]],
    ["{{ Math.max(1) + JSON.stringify([...new Set([NaN, undefined])]) + parseInt('1') }}", []],
    [
      "{{ Date.now() }}{{ process }}{{ globalThis }}{{ require }}",
      ["Date", "process", "globalThis", "require"],
    ],
    [`{{ \`\${a}\` + /b/.source }}`, ["a"]],
    ["{{ core_0 }},{{ ctx.core_1 }}", ["core_0", "ctx"]],
  ])("%j", (source, free) => {
    expect(names(source)).toEqual(free);
  });
});

describe("what is refused", () => {
  test.each<[source: string, message: string, line: number, column: number]>([
    ["a\n{{% if (x) { %}}\nb", '"{" is never closed', 2, 12],
    ["a\n{{% f(() => { %}}\nb", '"{" is never closed', 2, 13],
    ["a\n{{% } %}}", 'unexpected "}"', 2, 5],
    ["{{% } %}}{{% { %}}", 'unexpected "}"', 1, 5],
    ["{{% const x = %}}a", "no text or value can follow here, because this statement is not complete", 1, 5],
    [
      "{{% switch (x) { %}}\n\n{{% } %}}",
      "no text or value can follow here, because this statement is not complete",
      1,
      5,
    ],
    ["{{% const a = 1; const a = 2 %}}", "identifier 'a' has already been declared", 1, 24],
    ["{{% break %}}", "break outside of a loop", 1, 5],
    ["{{% import 'fs' %}}", "a template cannot import or export", 1, 5],
    ["{{ import('fs') }}", "a template cannot import modules", 1, 4],
    ["{{ (async () => 1)() }}", "a template cannot wait for an async function", 1, 5],
    ["{{% await x %}}", 'unexpected "x"', 1, 11],
    ["{{ 1 + Math.random() }}", "Math.random gives another value in every build", 1, 8],
    ["{{ Math['random']() }}", "Math.random gives another value in every build", 1, 4],
    ["{{ n.toLocaleString() }}", "toLocaleString depends on the language of the machine that compiles", 1, 4],
    ["{{ eval('1') }}", "a template cannot use eval", 1, 4],
    ["{{ arguments.length }}", "a template cannot use arguments", 1, 4],
    ["{{% Math = 1 %}}", "a template cannot replace JavaScript's own Math", 1, 5],
    [
      "{{% if (x) %}}a",
      "without braces this statement governs only the first piece of the text after it",
      1,
      5,
    ],
    [
      "{{% for (const a of b) %}}{{ a }}",
      "without braces this statement governs only the first piece of the text after it",
      1,
      5,
    ],
    [
      "{{% if (x) { %}}a{{% } else %}}b",
      "without braces this statement governs only the first piece of the text after it",
      1,
      5,
    ],
    ["{{% with (a) {} %}}", "'with' in strict mode", 1, 5],
    ["{{ 010 }}", "invalid number", 1, 4],
  ])("%j", (source, message, line, column) => {
    expect(compileProblem(source)).toMatchObject({ message, line, column });
  });
});

describe("values that are no text", () => {
  test.each<[value: unknown, message: string]>([
    [undefined, "a.b is undefined"],
    [null, "a.b is null"],
    [{ c: 1 }, "a.b is a table, not text"],
    [[1], "a.b is a list, not text"],
    [() => 1, "a.b is a function, not text"],
    [Number.NaN, "a.b is not a number (NaN)"],
  ])("%j", (value, message) => {
    const problem = renderProblem("x\n  {{ a.b }}", { a: { b: value } });
    expect(problem).toMatchObject({ message, offset: 7, length: 3, line: 2, column: 6 });
    expect(problem.hint).toBeTypeOf("string");
  });

  test("are reported though the template catches", () => {
    expect(renderProblem("{{% try { %}}{{ a }}{{% } catch {} %}}ok").message).toBe("a is undefined");
  });

  test("of long expressions are not spelled out", () => {
    expect(renderProblem(`{{ ${"a?.".repeat(30)}b }}`).message).toBe("this expression is undefined");
  });
});

describe("what a template throws is located", () => {
  test.each<[source: string, message: string, line: number, column: number]>([
    ["x\n {{ a.eth1.addrs }}", "cannot read properties of undefined (reading 'addrs')", 2, 12],
    [
      "{{ 1 }}\n{{% if (0) { %}}\n{{% } else if (a.b.c) { %}}\n{{% } %}}",
      "cannot read properties of undefined (reading 'c')",
      3,
      20,
    ],
    [
      "{{%\n\n  const s = '\u2028';\n  nothing.x;\n%}}",
      "cannot read properties of undefined (reading 'x')",
      4,
      11,
    ],
    ["\n{{ a.map(1) }}", "a.map is not a function", 2, 6],
    ["\n{{ x }}{{% let x = 1 %}}", "cannot access 'x' before initialization", 2, 4],
    ["\n{{ [].reduce((p) => p) }}", "reduce of empty array with no initial value", 2, 7],
    ["\n\n{{% throw new Error('No Address') %}}", "No Address", 3, 11],
    ["{{ 1 }}\n {{% if (1) throw 'no address' %}}", "no address", 2, 6],
    ["\n{{% throw {} %}}", "the template threw something without a message", 2, 5],
    ["\n{{% function f() { f() } f() %}}", "maximum call stack size exceeded", 2, 20],
    ["\n{{% a.frozen.x = 1 %}}", "cannot assign to read only property 'x' of object '#<Object>'", 2, 16],
  ])("%j", (source, message, line, column) => {
    const problem = renderProblem(source, { a: { frozen: Object.freeze({ x: 0 }) } });
    expect(problem).toMatchObject({ message, line, column });
  });

  test("with a word for what is absent", () => {
    expect(renderProblem("{{ a.b.c }}", { a: {} })).toMatchObject({ offset: 7, length: 1 });
    expect(renderProblem("{{ a.b.c }}", { a: {} }).hint).toContain('"?."');
  });
});

describe("any text", () => {
  const text = fc.string({
    unit: fc.constantFrom(
      "{",
      "}",
      "%",
      "`",
      "$",
      "\\",
      '"',
      "'",
      "\n",
      "\r",
      "\u2028",
      "\u2029",
      "\0",
      " ",
      "é",
      "\ud83d",
      "a",
    ),
  });

  test("without tags is returned unchanged", () => {
    fc.assert(
      fc.property(text, (source) => {
        fc.pre(!source.includes("{{"));
        expect(render(source)).toBe(source);
        expect(render(`${source} {{ "" }}`)).toBe(`${source} `);
      }),
    );
  });

  test("round-trips as a string literal, with what is around it", () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(render(`<{{ ${JSON.stringify(value)} }}>`)).toBe(`<${value}>`);
        expect(render("{{ x }}", { x: value })).toBe(value);
      }),
    );
  });

  test("never makes compiling or rendering throw", () => {
    const snippets = [
      "{{ ",
      " }}",
      "{{% ",
      " %}}",
      "`",
      "${",
      '"',
      "/",
      "//",
      "{",
      "}",
      "(",
      ")",
      "a",
      "let a",
      "=",
      "=>",
      ";",
      "\n",
      "x",
      "if (a)",
      "for (;0;)",
      "else",
      "return",
      "class",
      "function f()",
      "yield",
      "await",
      "async",
      "new.target",
      "super",
      "this",
      "...",
      "-->",
      "<!--",
      "static",
      "using",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...snippets), { maxLength: 15 }), (words) => {
        const result = compileTemplate(words.join(" "));
        if (result.ok && !/for|function|`|while|=>/.test(words.join(" "))) result.template.render({ a: 1 });
      }),
      { numRuns: 5000 },
    );
  });
});

test("many renders of a small template are quick", () => {
  const template = compiled("ip addr add {{ addr }} dev {{ iface.name }} # {{ core_1 }}");
  const started = performance.now();
  for (let index = 0; index < 50_000; index += 1)
    template.render({ addr: "::1", iface: { name: "eth0" }, core_1: index });
  // A bound that only a gross mistake breaks (compiling at each render); a render takes about a microsecond.
  expect(performance.now() - started).toBeLessThan(5_000);
});
