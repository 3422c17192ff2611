import type { TemplateProblem } from "../engine.js";
import type { CodePart } from "./scan.js";
import { problemAt } from "./template-problem.js";

/** What is wrong with writing a value that is not a string; undefined for numbers, booleans and bigints. */
export function problemOfValue(part: CodePart, value: unknown): TemplateProblem | undefined {
  const fault = faultOfValue(value);
  if (fault === undefined) return undefined;
  const subject = part.code.includes("\n") || part.code.length > 60 ? "this expression" : part.code;
  return problemAt(part, `${subject} ${fault.message}`, fault.hint(nameIn(part.code)));
}

interface ValueFault {
  readonly message: string;
  readonly hint: (name: string) => string;
}

function faultOfValue(value: unknown): ValueFault | undefined {
  if (value === undefined || value === null) {
    return {
      message: `is ${value}`,
      hint: (name) => `if it may be absent, say what to write instead: {{ ${name} ?? "none" }}`,
    };
  }
  if (Array.isArray(value)) {
    return {
      message: "is a list, not text",
      hint: (name) => `join it, {{ ${name}.join(", ") }}, or loop over it`,
    };
  }
  switch (typeof value) {
    case "object":
      return {
        message: "is a table, not text",
        hint: (name) => `name a field of it, or write {{ JSON.stringify(${name}) }}`,
      };
    case "function":
      return { message: "is a function, not text", hint: (name) => `call it: {{ ${name}(…) }}` };
    case "symbol":
      return { message: "is a symbol, not text", hint: (name) => `write {{ ${name}.description }}` };
    case "number":
      if (!Number.isNaN(value)) return undefined;
      return {
        message: "is not a number (NaN)",
        hint: () => "a value that it is computed from is absent or not a number",
      };
    default:
      return undefined;
  }
}

/** A plain path such as `iface.peer.node` can be repeated in a hint; anything else is "…". */
function nameIn(code: string): string {
  return /^[\p{ID_Continue}$.?[\]"']{1,40}$/u.test(code) ? code : "…";
}
