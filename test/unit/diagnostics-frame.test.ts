import { expect, test } from "vitest";
import { frame } from "../../packages/core/dist/diagnostics/frame.js";

const STYLE = { mark: (text: string) => text, dim: (text: string) => text };

function framed(lineText: string, start: number, end: number, line = 12): string {
  const place = { file: "x", line, column: start + 1, endLine: line, endColumn: end + 1, lineText };
  return frame(place, STYLE);
}

test("underlines the marked text", () => {
  expect(framed("[topolofy.nodes.r0]", 1, 9)).toBe("  12 │ [topolofy.nodes.r0]\n     │  ^^^^^^^^");
  expect(framed("a = 1", 4, 5, 7)).toBe("  7 │ a = 1\n    │     ^");
});

test("marks a point with one sign, also behind the line's end", () => {
  expect(framed("a = ", 4, 4)).toBe("  12 │ a = \n     │     ^");
  expect(framed("a = 1", 0, 0)).toBe("  12 │ a = 1\n     │ ^");
});

test("marks the first line of a text over several lines", () => {
  const place = { file: "x", line: 4, column: 9, endLine: 9, endColumn: 2, lineText: "links = [ # two  " };
  expect(frame(place, STYLE)).toBe("  4 │ links = [ # two  \n    │         ^^^^^^^");
});

test("expands tabs", () => {
  expect(framed("\ta\tb = 1", 3, 4)).toBe("  12 │   a  b = 1\n     │      ^");
  expect(framed("\ta", 0, 2)).toBe("  12 │   a\n     │ ^^^");
});

test("counts wide characters twice and combining ones not at all", () => {
  expect(framed("世界 = 'x'", 0, 2)).toBe("  12 │ 世界 = 'x'\n     │ ^^^^");
  expect(framed("a = '😀', b", 9, 10)).toBe("  12 │ a = '😀', b\n     │          ^");
  expect(framed("e\u0301 = 1", 5, 6)).toBe("  12 │ e\u0301 = 1\n     │     ^");
});

test("shows control characters instead of sending them", () => {
  const hostile = "a = '\x1b[31m\x07\x7f\x9b\u202e\ud800'";
  expect(framed(hostile, 5, 6)).toBe("  12 │ a = '␛[31m␇␡���'\n     │      ^");
});

test("clips a long line around the marked text", () => {
  const line = `${"a".repeat(300)}HERE${"b".repeat(300)}`;
  const shown = `…${"a".repeat(40)}HERE${"b".repeat(56)}…`;
  expect(framed(line, 300, 304)).toBe(`  12 │ ${shown}\n     │ ${" ".repeat(41)}^^^^`);
});

test("clips a long line at its start, at its end and in the marked text", () => {
  const line = "x".repeat(120);
  expect(framed(line, 2, 4)).toBe(`  12 │ ${"x".repeat(100)}…\n     │   ^^`);
  expect(framed(line, 118, 120)).toBe(`  12 │ …${"x".repeat(42)}\n     │ ${" ".repeat(41)}^^`);
  expect(framed(line, 0, 120)).toBe(`  12 │ ${"x".repeat(100)}…\n     │ ${"^".repeat(100)}`);
});

test("clips between wide characters", () => {
  const line = "世".repeat(80);
  expect(framed(line, 30, 31)).toBe(`  12 │ …${"世".repeat(50)}…\n     │ ${" ".repeat(41)}^^`);
});

test("does not clip a line of 100 columns", () => {
  const line = "y".repeat(100);
  expect(framed(line, 99, 100)).toBe(`  12 │ ${line}\n     │ ${" ".repeat(99)}^`);
});

test("colours the mark and the margin", () => {
  const place = { file: "x", line: 1, column: 1, endLine: 1, endColumn: 2, lineText: "a" };
  const style = { mark: (text: string) => `<${text}>`, dim: (text: string) => `(${text})` };
  expect(frame(place, style)).toBe("(  1 │) a\n(    │) <^>");
});
