import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scanTemplate } from "../../packages/core/dist/template/eta/scan.js";

function pieces(source: string): string[] {
  const scanned = scanTemplate(source);
  if (!scanned.ok) throw new Error(scanned.problem.message);
  return scanned.parts.map((part) => (part.kind === "text" ? part.text : `<${part.kind}:${part.code}>`));
}

function problem(source: string) {
  const scanned = scanTemplate(source);
  if (scanned.ok) throw new Error(`accepted: ${source}`);
  return scanned.problem;
}

describe("where a tag ends", () => {
  test.each([
    ["a closing mark in a string", '{{ "}}" }}', ['<value:"}}">']],
    ["an opening mark in a string", '{{ "{{" }}x', ['<value:"{{">', "x"]],
    ["a comment that ends with its line", "{{ a // b }}\n}}", ["<value:a // b }}>"]],
    ["a closing mark in a comment", "{{ a /* }} */ }}", ["<value:a /* }} */>"]],
    ["an object literal", "{{ {a:1}.a }}", ["<value:{a:1}.a>"]],
    ["nested braces that touch the mark", "{{ {a:{b:1}}}}", ["<value:{a:{b:1}}>"]],
    ["an object literal that touches both marks", "{{{a:1}.a}}", ["<value:{a:1}.a>"]],
    ["a template literal", `{{ \`\${x}}}\` }}}}`, [`<value:\`\${x}}}\`>`, "}}"]],
    [
      "nested template literals",
      `{{ \`\${\`}}\${{ a: 1 }.a}\`}\` }}`,
      [`<value:\`\${\`}}\${{ a: 1 }.a}\`}\`>`],
    ],
    ["a regular expression", '{{ s.replace(/[}]}}/, "") }}', ['<value:s.replace(/[}]}}/, "")>']],
    ["a division", "{{ a / 2 }}/{{ b }}", ["<value:a / 2>", "/", "<value:b>"]],
    ["parentheses", "{{ ((a)) }}", ["<value:((a))>"]],
    ["an arrow function's body", "{{ f(() => { return {} }) }}", ["<value:f(() => { return {} })>"]],
    ["no blanks", "{{a}}{{b}}", ["<value:a>", "<value:b>"]],
    ["several lines", "{{\n  a +\n  b\n}}", ["<value:a +\n  b>"]],
    ["a sign that Eta would eat", "{{_x}}{{-x}}{{~x}}", ["<value:_x>", "<value:-x>", "<value:~x>"]],
    ["statements with a mark in a string", '{{% a("%}}") %}}.', ['<statements:a("%}}")>', "."]],
    ["statements with a mark in a comment", "{{% a /* %}} */ %}}.", ["<statements:a /* %}} */>", "."]],
    [
      "statements with a mark in a template",
      `{{% a = \`%}}\${b}\` %}}.`,
      [`<statements:a = \`%}}\${b}\`>`, "."],
    ],
    ["statements with a mark in a regular expression", "{{% a = /%}}/ %}}.", ["<statements:a = /%}}/>", "."]],
    ["statements with a comment on a line", "{{%\n// %}}\na() %}}.", ["<statements:// %}}\na()>", "."]],
    [
      "statements that end blocks",
      "x{{% } } %}}y{{%}%}}z",
      ["x", "<statements:} }>", "y", "<statements:}>", "z"],
    ],
    ["a remainder", "{{ a % b }}", ["<value:a % b>"]],
    ["closing marks in the text", "}} %}} }", ["}} %}} }"]],
  ])("%s", (_, source, expected) => {
    expect(pieces(source)).toEqual(expected);
  });
});

describe("lines of statements alone", () => {
  test.each([
    ["write nothing", "a\n{{% x %}}\nb\n", ["a\n", "<statements:x>", "b\n"]],
    ["also indented", "a\n  \t{{% x %}} \t\nb", ["a\n", "<statements:x>", "b"]],
    ["also with CRLF", "a\r\n{{% x %}}\r\nb\r\n", ["a\r\n", "<statements:x>", "b\r\n"]],
    ["also the first and the last", "{{% x %}}\na\n{{% y %}}", ["<statements:x>", "a\n", "<statements:y>"]],
    ["also one after another", "{{% x %}}\n{{% y %}}\n\na", ["<statements:x>", "<statements:y>", "\na"]],
    ["also two on a line", "a\n {{% x %}} {{% y %}} \nb", ["a\n", "<statements:x>", "<statements:y>", "b"]],
    ["also over several lines", "a\n{{% x(\n) %}}\nb", ["a\n", "<statements:x(\n)>", "b"]],
    ["keep the text beside them", "a\n {{% x %}} b\n", ["a\n ", "<statements:x>", " b\n"]],
    ["keep a value beside them", " {{% x %}} {{ y }}\n", [" ", "<statements:x>", " ", "<value:y>", "\n"]],
    ["and of values write all", "a\n {{ y }} \nb", ["a\n ", "<value:y>", " \nb"]],
    ["keep the indent of the next line", "{{% x %}}\n  a", ["<statements:x>", "  a"]],
  ])("%s", (_, source, expected) => {
    expect(pieces(source)).toEqual(expected);
  });
});

test("parts know their places", () => {
  const scanned = scanTemplate("a\r\n  {{  b }} {{% c(\n) %}}\n{{ d }}");
  expect(scanned.ok && scanned.parts.filter(({ kind }) => kind !== "text")).toEqual([
    { kind: "value", code: "b", offset: 9, length: 1, line: 2, column: 7 },
    { kind: "statements", code: "c(\n)", offset: 18, length: 4, line: 2, column: 16 },
    { kind: "value", code: "d", offset: 30, length: 1, line: 4, column: 4 },
  ]);
});

describe("faults", () => {
  test.each([
    ["x {{ a", '"{{" is not closed', 2, 2],
    ["x {{ a }", '"{{" is not closed', 2, 2],
    ["x {{ a } b }}", 'unexpected "}"', 7, 1],
    ["{{ }}", 'the tag "{{ }}" is empty', 0, 5],
    ["{{ /* a */ }}", 'the tag "{{ }}" is empty', 0, 13],
    ["{{ a b }}", 'unexpected "b"', 5, 1],
    ["{{ a + }}", 'unexpected "}}"', 7, 2],
    ["{{ if (a) }}", 'unexpected "if"', 3, 2],
    ["{{ a; }}", 'unexpected ";"', 4, 1],
    ['{{ "a }}', "unterminated string constant", 3, 1],
    ["{{ a // b }}\nc", 'this comment hides the "}}" that should close its tag', 5, 7],
    ["{{% // b %}}\nc{{% d %}}", 'this comment hides the "%}}" that should close its tag', 4, 8],
    ["a {{% b }} {{% c %}}", '"{{%" is not closed', 2, 3],
    ["a {{% b", '"{{%" is not closed', 2, 3],
    ["{{% a @ b %}}", "unexpected character '@'", 6, 1],
  ])("%j", (source, message, offset, length) => {
    expect(problem(source)).toMatchObject({ message, offset, length, line: 1, column: offset + 1 });
  });

  test("say how a literal brace is written", () => {
    expect(problem("a {{").hint).toBe('close it with "}}"; a literal "{{" is written {{ "{{" }}');
  });

  test("that acorn's tokenizer crashes on are no crash", () => {
    expect(problem("{{% a.function * g : b %}}").message).toBe("this cannot be read as JavaScript");
  });

  test("of absurd nesting are no crash", () => {
    expect(problem(`{{ ${"(".repeat(100_000)} }}`).message).toBe("this is nested too deeply");
  });
});

test("whatever the text, scanning does not throw", () => {
  const snippets = [
    "{{",
    "}}",
    "{{%",
    "%}}",
    "`",
    "${",
    '"',
    "/",
    "//",
    "/*",
    "*/",
    "{",
    "}",
    "(",
    "a",
    "\n",
    " ",
    "\\",
    "%",
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...snippets), { maxLength: 20 }), (words) => {
      const source = words.join("");
      const scanned = scanTemplate(source);
      if (!scanned.ok) expect(scanned.problem.offset).toBeLessThanOrEqual(source.length);
    }),
    { numRuns: 3000 },
  );
});
