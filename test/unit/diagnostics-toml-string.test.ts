import fc from "fast-check";
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";
import { decodeTomlString, offsetInTomlString } from "../../packages/core/dist/diagnostics/toml-string.js";
import { drawStringLiteral } from "./diagnostics-toml-documents.js";

function whole(literal: string) {
  return { start: 0, end: literal.length };
}

function sliceAt(literal: string, offset: number, length: number): string {
  const { start, end } = offsetInTomlString(literal, whole(literal), offset, length);
  return literal.slice(start, end);
}

/** What smol-toml makes of the literal if it is cut off at `end`. */
function decodedUpTo(literal: string, end: number): unknown {
  const quotes = /^("""|'''|"|')/.exec(literal)?.[0] ?? "";
  return parse(`x = ${literal.slice(0, end)}${quotes}`).x;
}

describe("an offset in a decoded string", () => {
  test.each([
    ['"r9:eth0"', 0, 2, "r9"],
    ["'C:\\r0'", 3, 2, "r0"],
    ['"a\\tb"', 1, 1, "\\t"],
    ['"a\\tb"', 2, 1, "b"],
    ['"\\u00e9\\U0001F600\\x41\\e!"', 1, 2, "\\U0001F600"],
    ['"\\u00e9\\U0001F600\\x41\\e!"', 3, 1, "\\x41"],
    ['"\\u00e9\\U0001F600\\x41\\e!"', 4, 2, "\\e!"],
    ['"""\nfirst\n"second"\n"""', 6, 8, '"second"'],
    ['"""\r\nfirst\r\nsecond"""', 7, 6, "second"],
    ['"""one \\\n   \n  two"""', 4, 3, "two"],
    ['"""one \\ \r\n  two"""', 2, 4, "e \\ \r\n  tw"],
    ["'''\n\\n'''", 0, 1, "\\"],
    ['"""a"""""', 1, 2, '""'],
    ["bare-key", 5, 3, "key"],
  ])("in %j at %i of length %i is %j", (literal, offset, length, expected) => {
    expect(sliceAt(literal, offset, length)).toBe(expected);
  });

  test("is cut off at the string's end", () => {
    expect(offsetInTomlString('"abc"', whole('"abc"'), 2, 10)).toEqual({ start: 3, end: 4 });
    expect(offsetInTomlString('"abc"', whole('"abc"'), 9, 1)).toEqual({ start: 4, end: 4 });
    expect(offsetInTomlString('""', whole('""'), 0, 0)).toEqual({ start: 1, end: 1 });
  });

  test("is a point if its length is 0", () => {
    expect(offsetInTomlString('"a\\nbc"', whole('"a\\nbc"'), 2, 0)).toEqual({ start: 4, end: 4 });
  });

  test("cuts any literal where smol-toml's value is cut", () => {
    const property = fc.property(fc.gen(), fc.constantFrom("\n", "\r\n"), (draw, eol) => {
      const literal = drawStringLiteral(draw).replaceAll("\n", eol);
      const value = String(parse(`x = ${literal}`).x);
      expect(decodeTomlString(literal, whole(literal))).toBe(value);
      let at = 0;
      // Not between CR and LF: half a line break is no TOML.
      for (const [character] of value.matchAll(/\r\n|./gsu)) {
        const span = offsetInTomlString(literal, whole(literal), at, character.length);
        expect(decodedUpTo(literal, span.start)).toBe(value.slice(0, at));
        at += character.length;
        expect(decodedUpTo(literal, span.end)).toBe(value.slice(0, at));
      }
    });
    fc.assert(property, { numRuns: 1000 });
  });
});
