import type { Program } from "acorn";
import { analyze } from "eslint-scope";
import { asSyntaxFault, ecmaVersion, type SyntaxFault } from "./javascript.js";

/** One use of a name that the code does not declare; offsets are of the program. */
export interface FreeVariable {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly isWritten: boolean;
}

/**
 * The names of JavaScript's own that a template may use: those whose results depend on their arguments alone. `Date`,
 * `process` or `globalThis` are absent, so that they are undeclared like any other name.
 */
const languageNames: ReadonlySet<string> = new Set([
  ...["undefined", "NaN", "Infinity", "isNaN", "isFinite", "parseInt", "parseFloat"],
  ...[
    "Array",
    "BigInt",
    "Boolean",
    "Error",
    "JSON",
    "Map",
    "Math",
    "Number",
    "Object",
    "RegExp",
    "Set",
    "String",
  ],
]);

export function isLanguageName(name: string): boolean {
  return languageNames.has(name);
}

export type FreeVariables =
  | { readonly ok: true; readonly uses: readonly FreeVariable[] }
  | { readonly ok: false; readonly fault: SyntaxFault };

/** All uses of free variables in the body of a function, in their order; JavaScript's own names are among them. */
export function freeVariables(body: Program): FreeVariables {
  try {
    // `nodejsScope` makes the body a function's: in a script, a top-level `var` would not bind its uses.
    // acorn's tree is ESTree's, only its types are its own.
    const scopes = analyze(body as Parameters<typeof analyze>[0], {
      ecmaVersion,
      nodejsScope: true,
      impliedStrict: true,
    });
    const bodyScope = scopes.globalScope?.childScopes[0];
    // The body's function is the template's own matter: its `arguments` is a name like any other.
    const inArguments = bodyScope?.set.get("arguments")?.references ?? [];
    const uses = [...(scopes.globalScope?.through ?? []), ...inArguments].map((reference) => {
      const [start, end] = reference.identifier.range ?? [0, 0];
      return { name: reference.identifier.name, start, end, isWritten: reference.isWrite() };
    });
    return { ok: true, uses: uses.sort((a, b) => a.start - b.start) };
  } catch (error) {
    return { ok: false, fault: asSyntaxFault(error) };
  }
}
