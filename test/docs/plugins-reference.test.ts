import ts from "typescript";
import { describe, expect, test } from "vitest";
import { codes } from "../../packages/core/dist/diagnostics/codes.js";
import { blocksOf, readPage, root, sectionOf, tablesOf } from "./page.js";

const page = readPage();
const reference = sectionOf(page, "## Reference");

const core = `${root}packages/core/dist/index.d.ts`;
const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ["node"],
  strict: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: true,
  skipLibCheck: true,
  noEmit: true,
  paths: {
    "@dune/core": [core],
    "@dune/core/testing": [`${root}packages/core/dist/testing/compile-text.d.ts`],
  },
};

/** The code blocks of the page are modules of their own, in a folder that is not there. */
const modules = blocksOf(page).filter(({ language }) => language === "ts");
const moduleName = (firstLine: number) => `${root}test/docs/plugins.md-line-${firstLine}.mts`;

const host = ts.createCompilerHost(options);
const { getSourceFile, fileExists } = host;
const texts = new Map(modules.map(({ firstLine, text }) => [moduleName(firstLine), text]));
const plugin = modules.findLast(({ file }) => file === "bgp.ts");
texts.set(`${root}test/docs/bgp.ts`, plugin?.text ?? "");
host.fileExists = (name) => texts.has(name) || fileExists(name);
host.getSourceFile = (name, ...rest) => {
  const text = texts.get(name);
  return text === undefined
    ? getSourceFile(name, ...rest)
    : ts.createSourceFile(name, text, ts.ScriptTarget.ES2023, true);
};
const program = ts.createProgram([core, ...texts.keys()], options, host);
const checker = program.getTypeChecker();

const exported = new Map(exportsOf(core).map((symbol) => [symbol.name, symbol]));

function exportsOf(file: string): readonly ts.Symbol[] {
  const source = program.getSourceFile(file);
  const symbol = source && checker.getSymbolAtLocation(source);
  return symbol === undefined ? [] : checker.getExportsOfModule(symbol);
}

/** The type that core exports under a name. */
function typeOf(name: string): ts.Type {
  const symbol = exported.get(name);
  if (symbol === undefined) throw new Error(`@dune/core exports no ${name}`);
  const original = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const [declaration] = original.declarations ?? [];
  return declaration !== undefined && ts.isVariableDeclaration(declaration)
    ? checker.getTypeAtLocation(declaration)
    : checker.getDeclaredTypeOfSymbol(original);
}

function fieldsOf(name: string): readonly string[] {
  return checker.getPropertiesOfType(typeOf(name)).map((property) => property.name);
}

function membersOf(name: string): readonly string[] {
  const type = typeOf(name);
  const members = type.isUnion() ? type.types : [type];
  return members.flatMap((member) => (member.isStringLiteral() ? [member.value] : []));
}

/** The first table of a section of the reference. */
const table = (heading: string, index = 0) => tablesOf(sectionOf(reference, heading))[index] ?? [];

test.each(modules)("the code at line $firstLine is what an editor accepts", ({ firstLine }) => {
  const source = program.getSourceFile(moduleName(firstLine));
  const found = ts.getPreEmitDiagnostics(program, source);
  expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
});

test("a wrong module would be found", () => {
  expect(modules.length).toBeGreaterThan(9);
  const name = moduleName(0);
  texts.set(
    name,
    'import { definePlugin } from "@dune/core";\nexport default definePlugin({ name: 1, api: 1 });\n',
  );
  const wrong = ts.createProgram([name], options, host);
  const [first] = ts.getPreEmitDiagnostics(wrong, wrong.getSourceFile(name));
  expect(first?.messageText).toBe("Type 'number' is not assignable to type 'string'.");
});

describe("the reference has all that there is, and nothing else", () => {
  test("hooks", () => {
    expect(membersOf("HookName").length).toBeGreaterThan(5);
    expect([...table("### Hooks")].sort()).toEqual([...membersOf("HookName")].sort());
  });

  test.each([
    ["PluginDeclaration", "### `definePlugin`", 0],
    ["Extension", "### Extensions", 0],
    ["ExtensionPoints", "### Extensions", 1],
    ["Dune", "### `Dune`", 0],
    ["Tools", "### `Tools`", 0],
    ["PluginReport", "### Diagnostics", 0],
    ["ContextContribution", "### Names for templates", 0],
    ["Allocator", "### Allocators", 0],
    ["Engine", "### Engines", 0],
    ["Builder", "### Builders", 0],
    ["BuildRequest", "### Builders", 1],
    ["BuildTarget", "### Builders", 2],
    ["Recipe", "### Builders", 3],
    ["BuildCommand", "### Builders", 4],
    ["ToolNeed", "### Builders", 5],
    ["Companion", "### Builders", 6],
    ["PluginArtifact", "### Artifacts", 0],
    ["Choices", "### Choices in the lock", 0],
  ] as const)("%s", (name, heading, index) => {
    expect(fieldsOf(name).length).toBeGreaterThan(0);
    expect([...table(heading, index)].sort()).toEqual([...fieldsOf(name)].sort());
  });

  test("values", () => {
    const rows = table("### Extensions", 2).filter((name) => name.startsWith("values."));
    expect(rows.sort()).toEqual(
      fieldsOf("values")
        .map((name) => `values.${name}`)
        .sort(),
    );
  });

  test("codes of faults", () => {
    const rows = tablesOf(sectionOf(page, "## When a plugin is at fault"))[0] ?? [];
    const own = Object.keys(codes).filter((code) => /plugin/.test(code));
    expect(own.length).toBeGreaterThan(10);
    expect([...rows].sort()).toEqual(own.sort());
  });
});

describe("what the phases make", () => {
  const types = [
    ...sectionOf(reference, "### What the phases make").matchAll(/^`(\w+)`.*\n\n((?:\|.*\n?)+)/gm),
  ];

  test("has a table for the type of every phase", () => {
    expect(types.map(([, name]) => name)).toEqual(
      expect.arrayContaining(["Document", "Topology", "Placement", "Rendering", "Binaries", "Artifacts"]),
    );
  });

  test.each(types.map(([, name = "", rows = ""]) => [name, rows] as const))(
    "%s has these fields",
    (name, rows) => {
      const fields = tablesOf(rows)[0] ?? [];
      expect(fields.length).toBeGreaterThan(0);
      expect(fields.filter((field) => !fieldsOf(name).includes(field))).toEqual([]);
    },
  );

  test("links lead to files that there are", () => {
    const links = [...page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, path = ""]) => path);
    const local = links.filter((path) => !/^https?:/.test(path));
    expect(local.length).toBeGreaterThan(6);
    const exists = (path: string) => ts.sys.fileExists(path) || ts.sys.directoryExists(path);
    expect(local.filter((path) => !exists(`${root}docs/${path}`))).toEqual([]);
  });
});

/** For programs that compile, not for plugins; `compile` itself is shown. */
const forPrograms = [
  "BundleFormat",
  "ChangeKind",
  "Colours",
  "Comparison",
  "CompileInput",
  "CompileOptions",
  "CompileResult",
  "Effect",
  "ExecOptions",
  "ExecResult",
  "FileDigest",
  "FileFacts",
  "GlobMatch",
  "JsonDiagnostic",
  "JsonLocation",
  "JsonRelated",
  "ManifestChange",
  "PhaseName",
  "PhaseTime",
  "Progress",
  "ReadManifest",
  "ReadSource",
  "Subject",
  "Timing",
  "ValueChange",
  "WorkshopOptions",
  "compareManifests",
  "localExec",
  "lockFileOf",
  "manifestSchema",
  "memoryFiles",
  "phaseNames",
  "printGithub",
  "readManifest",
  "summary",
  "toJson",
];

describe("names", () => {
  const words = new Set(page.match(/\w+/g));

  test("everything that a plugin can import is named", () => {
    const missing = [...exported.keys()].filter((name) => !forPrograms.includes(name) && !words.has(name));
    expect(missing).toEqual([]);
    expect(forPrograms.filter((name) => !exported.has(name))).toEqual([]);
  });

  test("every type that is named is exported", () => {
    const named = [...reference.matchAll(/`([A-Z][A-Za-z]*[a-z][A-Za-z]*)`/g)].map(([, name = ""]) => name);
    const foreign = ["AbortSignal"];
    expect(named.length).toBeGreaterThan(60);
    expect(named.filter((name) => !exported.has(name) && !foreign.includes(name))).toEqual([]);
  });
});
