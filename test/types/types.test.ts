import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const folder = fileURLToPath(new URL("./samples", import.meta.url));
const program = createProgram();

/** As the editor reads the samples: by the tsconfig.json beside them. */
function createProgram(): ts.Program {
  const config = ts.readConfigFile(`${folder}/tsconfig.json`, ts.sys.readFile);
  const { options, fileNames, errors } = ts.parseJsonConfigFileContent(config.config, ts.sys, folder);
  expect(errors).toEqual([]);
  return ts.createProgram(fileNames, options);
}

function sourceOf(name: string): ts.SourceFile {
  const source = program.getSourceFile(`${folder}/${name}`);
  if (source === undefined) throw new Error(`${name} is not in the program`);
  return source;
}

/** A comment `// KIND WHAT: TEXT` of a sample; it is about the line below. */
interface Mark {
  readonly what: string;
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

function marksIn(source: ts.SourceFile, kind: "error" | "type"): readonly Mark[] {
  const pattern = new RegExp(`^ *// ${kind} (\\w+): (.+)$`);
  return source.text.split("\n").flatMap((lineText, index) => {
    const [, what, text] = pattern.exec(lineText) ?? [];
    return what === undefined || text === undefined ? [] : [{ what, text, line: index + 2 }];
  });
}

const lineAt = (source: ts.SourceFile, position: number) =>
  source.getLineAndCharacterOfPosition(position).line + 1;

/** Each error as its mark would be, with the first line of the message: what an editor shows first. */
function errorsIn(source: ts.SourceFile): readonly Mark[] {
  return ts.getPreEmitDiagnostics(program, source).map(({ code, messageText, start = 0 }) => ({
    what: `TS${code}`,
    text: ts.flattenDiagnosticMessageText(messageText, "\n").split("\n")[0] ?? "",
    line: lineAt(source, start),
  }));
}

/** What the editor says of the first identifier with this name in a line. */
function typeOf(source: ts.SourceFile, name: string, line: number): string | undefined {
  const visit = (node: ts.Node): string | undefined => {
    if (ts.isIdentifier(node) && node.text === name && lineAt(source, node.getStart(source)) === line) {
      const checker = program.getTypeChecker();
      return checker.typeToString(
        checker.getTypeAtLocation(node),
        undefined,
        ts.TypeFormatFlags.NoTruncation,
      );
    }
    return ts.forEachChild(node, visit);
  };
  return visit(source);
}

const names = readdirSync(folder).filter((name) => name.endsWith(".ts"));

describe("what a plugin's author gets wrong is an error in the editor", () => {
  test.each(names.filter((name) => name !== "right.ts"))("%s", (name) => {
    const source = sourceOf(name);
    const [mark, ...others] = marksIn(source, "error");
    expect(others).toEqual([]);
    const errors = errorsIn(source);
    expect(errors.map(({ what, line }) => ({ what, line }))).toEqual([
      { what: mark?.what, line: mark?.line },
    ]);
    const words = (mark?.text ?? "").split(" … ").map((each) => each.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&"));
    expect(errors[0]?.text).toMatch(new RegExp(words.join(".*")));
  });
});

describe("right.ts", () => {
  const source = sourceOf("right.ts");

  test("has no error", () => {
    expect(errorsIn(source)).toEqual([]);
  });

  test.each(marksIn(source, "type"))("infers $what: $text", ({ what, text, line }) => {
    expect(typeOf(source, what, line)).toBe(text);
  });
});
