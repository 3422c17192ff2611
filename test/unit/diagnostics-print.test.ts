import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../packages/core/dist/diagnostics/diagnostic.js";
import { printGithub } from "../../packages/core/dist/diagnostics/github.js";
import { toJson } from "../../packages/core/dist/diagnostics/json.js";
import { printText, summary } from "../../packages/core/dist/diagnostics/text.js";

const TOPOLOGY = `[topology.nodes.r0]

[topology]
links = [
  { endpoints = ["r0:eth0", "r9:eth0"] },
]
`;
const OPTIONS = { read: (file: string) => (file === "topology.toml" ? TOPOLOGY : undefined) };

const UNKNOWN_ENDPOINT: Diagnostic = {
  code: "resolve/unknown-endpoint",
  severity: "error",
  message: 'link "r0:eth0-r9:eth0" ends at node "r9", which does not exist',
  at: { file: "topology.toml", path: ["topology", "links", 0, "endpoints", 1], offset: 0, length: 2 },
  related: [
    {
      message: "the nodes are declared here",
      at: { file: "topology.toml", path: ["topology", "nodes", "r0"] },
    },
  ],
  hint: 'did you mean "r0"?',
  url: "https://example.org/codes",
  count: 1,
};
const BAD_RATE: Diagnostic = {
  code: "resolve/bad-unit",
  severity: "warning",
  message: 'the rate "1gbix" is\x1b[2J, 100%\nbad',
  at: { set: "params.rate=1gbix" },
  related: [],
  plugin: "bgp",
  count: 3,
};
const CRASH: Diagnostic = {
  code: "plugin/crash",
  severity: "error",
  message: 'the plugin "graph" crashed',
  at: { plugin: "graph", hook: "document", from: { file: "topology.toml", line: 3, column: 2, length: 8 } },
  related: [],
  plugin: "graph",
  stack: "Error: no\x1b\n    at setup (graph.ts:1:2)",
  count: 1,
};
const LINKS: Diagnostic = {
  code: "resolve/wrong-type",
  severity: "error",
  message: "links is no table",
  at: { file: "topology.toml", path: ["topology", "links"] },
  related: [],
  count: 1,
};

describe("printText", () => {
  test("shows places, notes, hints, plugins, repetitions, stacks and the summary", () => {
    expect(printText([UNKNOWN_ENDPOINT, BAD_RATE, CRASH], OPTIONS)).toBe(
      `error[resolve/unknown-endpoint]: link "r0:eth0-r9:eth0" ends at node "r9", which does not exist
  --> topology.toml:5:30
  5 │   { endpoints = ["r0:eth0", "r9:eth0"] },
    │                              ^^
  note: the nodes are declared here
  --> topology.toml:1:2
  1 │ [topology.nodes.r0]
    │  ^^^^^^^^^^^^^^^^^
  hint: did you mean "r0"?

warning[resolve/bad-unit]: the rate "1gbix" is␛[2J, 100%␊bad (plugin bgp) (and 2 more like this)
  --> --set params.rate=1gbix

error[plugin/crash]: the plugin "graph" crashed
  --> made by plugin "graph" in hook "document"
  --> topology.toml:3:2
  3 │ [topology]
    │  ^^^^^^^^
    Error: no␛
    at setup (graph.ts:1:2)

2 errors, 3 warnings
`,
    );
  });

  test("names the file alone where there is no place, and shows no frame of a blank line", () => {
    const nowhere = { ...LINKS, at: { file: "topology.toml", path: ["name"] } };
    const blank = { ...LINKS, at: { file: "topology.toml", line: 2, column: 1 } };
    expect(printText([nowhere, blank, { ...LINKS, at: undefined }], OPTIONS)).toBe(
      `error[resolve/wrong-type]: links is no table
  --> topology.toml

error[resolve/wrong-type]: links is no table
  --> topology.toml:2:1

error[resolve/wrong-type]: links is no table

3 errors
`,
    );
  });

  test("is empty if there is nothing to say", () => expect(printText([], OPTIONS)).toBe(""));

  test("colours by severity", () => {
    const wrap = (name: string) => (text: string) => `<${name}>${text}</${name}>`;
    const colours = {
      red: wrap("red"),
      yellow: wrap("yellow"),
      cyan: wrap("cyan"),
      bold: wrap("bold"),
      dim: wrap("dim"),
    };
    const printed = printText([{ ...BAD_RATE, message: "bad", plugin: undefined, count: 1 }], {
      ...OPTIONS,
      colours,
    });
    expect(printed).toBe(
      `<yellow><bold>warning[resolve/bad-unit]</bold></yellow>: <bold>bad</bold>
<dim>  --></dim> --set params.rate=1gbix

1 warning
`,
    );
    expect(printText([LINKS], { ...OPTIONS, colours })).toContain("<red>^</red>");
  });
});

test("summary counts", () => {
  expect(summary([])).toBe("no errors");
  expect(summary([LINKS])).toBe("1 error");
  expect(summary([LINKS, BAD_RATE, CRASH])).toBe("2 errors, 3 warnings");
});

test("printGithub writes workflow commands", () => {
  const odd = { ...LINKS, code: "a,b:c%", at: { file: "a,b:c%.toml", path: ["x"] }, related: [] };
  expect(printGithub([UNKNOWN_ENDPOINT, BAD_RATE, LINKS, odd], OPTIONS)).toBe(
    `::error file=topology.toml,line=5,col=30,endColumn=32,title=resolve/unknown-endpoint::link "r0:eth0-r9:eth0" ends at node "r9", which does not exist%0Ahint: did you mean "r0"?
::warning title=resolve/bad-unit::the rate "1gbix" is␛[2J, 100%25%0Abad (plugin bgp) (and 2 more like this)
::error file=topology.toml,line=4,endLine=6,title=resolve/wrong-type::links is no table
::error file=a%2Cb%3Ac%25.toml,title=a%2Cb%3Ac%25::links is no table
`,
  );
});

test("toJson gives plain objects", () => {
  const json = toJson([UNKNOWN_ENDPOINT, BAD_RATE, CRASH, { ...LINKS, at: undefined }], OPTIONS);
  expect(json).toStrictEqual([
    {
      code: "resolve/unknown-endpoint",
      severity: "error",
      message: UNKNOWN_ENDPOINT.message,
      file: "topology.toml",
      line: 5,
      column: 30,
      endLine: 5,
      endColumn: 32,
      path: ["topology", "links", 0, "endpoints", 1],
      hint: 'did you mean "r0"?',
      related: [
        {
          message: "the nodes are declared here",
          file: "topology.toml",
          line: 1,
          column: 2,
          endLine: 1,
          endColumn: 19,
          path: ["topology", "nodes", "r0"],
        },
      ],
      url: "https://example.org/codes",
      count: 1,
    },
    {
      code: "resolve/bad-unit",
      severity: "warning",
      message: BAD_RATE.message,
      set: "params.rate=1gbix",
      related: [],
      plugin: "bgp",
      count: 3,
    },
    {
      code: "plugin/crash",
      severity: "error",
      message: CRASH.message,
      file: "topology.toml",
      line: 3,
      column: 2,
      endLine: 3,
      endColumn: 10,
      madeBy: { plugin: "graph", hook: "document" },
      related: [],
      plugin: "graph",
      count: 1,
    },
    { code: "resolve/wrong-type", severity: "error", message: "links is no table", related: [], count: 1 },
  ]);
  expect(JSON.parse(JSON.stringify(json))).toStrictEqual(json);
});

test("what a program has said is shown before the hint, and obeyed nowhere", () => {
  const failed: Diagnostic = {
    code: "build/failed",
    severity: "error",
    message: "it failed",
    related: [],
    output: "$ cc\n\n\x1b[31mno such file 5%",
    hint: "mend it",
    count: 1,
  };
  expect(printText([failed], OPTIONS)).toBe(
    "error[build/failed]: it failed\n  | $ cc\n  |\n  | ␛[31mno such file 5%\n  hint: mend it\n\n1 error\n",
  );
  expect(printGithub([failed], OPTIONS)).toBe(
    "::error title=build/failed::it failed%0A$ cc%0A%0A␛[31mno such file 5%25%0Ahint: mend it\n",
  );
  expect(toJson([failed], OPTIONS)[0]?.output).toBe(failed.output);
});
