import { describe, expect, test } from "vitest";
import { createLocator } from "../../packages/core/dist/diagnostics/place.js";

const FILES: Record<string, string> = {
  "lab.toml":
    'name = "x"\r\n\r\n[topology]\r\nlinks = [\r\n  { endpoints = ["r0:eth0", "r9:eth0"] },\r\n]\r\n',
  "bird.tmpl": "router id {{x}};\n\nlast",
  "bom.toml": "\ufeffa = 1",
  "empty.tmpl": "",
};
const locate = createLocator((file) => FILES[file]);
const LINKS = ["topology", "links", 0, "endpoints", 1];

describe("a path's place", () => {
  test("is the value's text unless the key's is asked for", () => {
    const place = { file: "lab.toml", line: 1, endLine: 1, lineText: 'name = "x"' };
    expect(locate({ file: "lab.toml", path: ["name"] })).toEqual({ ...place, column: 8, endColumn: 11 });
    const key = locate({ file: "lab.toml", path: ["name"], target: "key" });
    expect(key).toEqual({ ...place, column: 1, endColumn: 5 });
  });

  test("is narrowed by offset and length", () => {
    const place = { file: "lab.toml", line: 5, endLine: 5 };
    const node = locate({ file: "lab.toml", path: LINKS, offset: 0, length: 2 });
    expect(node).toMatchObject({ ...place, column: 30, endColumn: 32 });
    const rest = locate({ file: "lab.toml", path: LINKS, offset: 3 });
    expect(rest).toMatchObject({ ...place, column: 33, endColumn: 37 });
    // The value does not exist: nothing to narrow in the key that is shown instead.
    const missing = locate({ file: "lab.toml", path: ["name", "x"], offset: 1, length: 1 });
    expect(missing).toMatchObject({ line: 1, column: 1, endColumn: 5 });
  });

  test("may end on another line", () => {
    const place = locate({ file: "lab.toml", path: ["topology", "links"] });
    expect(place).toMatchObject({ line: 4, column: 9, endLine: 6, endColumn: 2, lineText: "links = [" });
  });

  test("does not count a byte order mark", () => {
    expect(locate({ file: "bom.toml", path: ["a"], target: "key" })).toMatchObject({
      column: 1,
      lineText: "a = 1",
    });
  });

  test("is unknown if nothing of it is in the file or there is no file", () => {
    expect(locate({ file: "lab.toml", path: ["none"] })).toBeUndefined();
    expect(locate({ file: "none.toml", path: ["name"] })).toBeUndefined();
  });
});

describe("a position's place", () => {
  test("is a stretch of its length, or a point", () => {
    const place = { file: "bird.tmpl", line: 1, column: 13, endLine: 1, lineText: "router id {{x}};" };
    expect(locate({ file: "bird.tmpl", line: 1, column: 13, length: 1 })).toEqual({
      ...place,
      endColumn: 14,
    });
    expect(locate({ file: "bird.tmpl", line: 1, column: 13 })).toEqual({ ...place, endColumn: 13 });
  });

  test("is moved into the text", () => {
    const last = { file: "bird.tmpl", line: 3, column: 5, endLine: 3, endColumn: 5, lineText: "last" };
    expect(locate({ file: "bird.tmpl", line: 9, column: 99, length: 9 })).toEqual(last);
    expect(locate({ file: "empty.tmpl", line: 0, column: 0 })).toMatchObject({
      line: 1,
      column: 1,
      lineText: "",
    });
  });

  test("is kept as it is if the file cannot be read", () => {
    const place = { file: "none", line: 3, column: 4, endLine: 3, endColumn: 4, lineText: "" };
    expect(locate({ file: "none", line: 3, column: 4 })).toEqual(place);
  });
});

describe("other origins", () => {
  test("a plugin's is where it took it from", () => {
    const from = { file: "lab.toml", path: ["name"] };
    const inner = { plugin: "a", hook: "document", from };
    expect(locate({ plugin: "b", hook: "topology", from: inner })).toEqual(locate(from));
    expect(locate({ plugin: "b", hook: "topology" })).toBeUndefined();
  });

  test("--set has none", () => {
    expect(locate({ set: "params.rate=1gbit" })).toBeUndefined();
  });
});

test("a file is read once, also if it does not exist", () => {
  const reads: string[] = [];
  const counting = createLocator((file) => {
    reads.push(file);
    return FILES[file];
  });
  for (const file of ["lab.toml", "none", "lab.toml", "none"]) counting({ file, path: ["name"] });
  expect(reads).toEqual(["lab.toml", "none"]);
});
