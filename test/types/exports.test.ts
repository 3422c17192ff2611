import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const dist = fileURLToPath(new URL("../../packages/core/dist/", import.meta.url));
const entries = ["index.d.ts", "testing/compile-text.d.ts"].map((name) => `${dist}${name}`);

test("every type of ours that a type of the interface names can be imported by its name", () => {
  const program = ts.createProgram(entries, {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    types: [],
  });
  const checker = program.getTypeChecker();
  const exported = new Set(entries.flatMap((entry) => exportsOf(program.getSourceFile(entry), checker)));
  // Whatever the traversal breaks on, it must have been somewhere.
  expect(exported.size).toBeGreaterThan(80);
  const unnamed = [...exported].flatMap((symbol) =>
    namedBy(symbol, checker)
      .filter((named) => !exported.has(named))
      .map((named) => `${named.name} in ${symbol.name}`),
  );
  expect([...new Set(unnamed)]).toEqual([]);
});

function exportsOf(source: ts.SourceFile | undefined, checker: ts.TypeChecker): readonly ts.Symbol[] {
  const module = source && checker.getSymbolAtLocation(source);
  return module === undefined ? [] : checker.getExportsOfModule(module).map((each) => meant(each, checker));
}

/** The types of ours that a declaration names. */
function namedBy(symbol: ts.Symbol, checker: ts.TypeChecker): readonly ts.Symbol[] {
  const found: ts.Symbol[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
      const name = ts.isTypeReferenceNode(node) ? node.typeName : node.expression;
      const at = checker.getSymbolAtLocation(name);
      if (at !== undefined && isOwnType(meant(at, checker))) found.push(meant(at, checker));
    }
    ts.forEachChild(node, visit);
  };
  for (const declaration of symbol.declarations ?? []) visit(declaration);
  return found;
}

const meant = (symbol: ts.Symbol, checker: ts.TypeChecker) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

function isOwnType({ declarations = [] }: ts.Symbol): boolean {
  return declarations.some(
    (each) =>
      (ts.isInterfaceDeclaration(each) || ts.isTypeAliasDeclaration(each) || ts.isClassDeclaration(each)) &&
      each.getSourceFile().fileName.startsWith(dist),
  );
}
