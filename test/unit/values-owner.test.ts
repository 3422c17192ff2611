import { describe, expect, test } from "vitest";
import { parseOwner } from "../../packages/core/dist/values/owner.js";

describe("an owner", () => {
  test.each(["frr", "frr:frr", "_apt", "www-data:adm", "0", "0:100", "root:4294967294", "host$"])(
    "%s",
    (text) => {
      expect(parseOwner(text).ok).toBe(true);
    },
  );

  test.each([
    "",
    ":",
    "frr:",
    ":frr",
    "frr:frr:frr",
    "-1",
    "-frr",
    "4294967295",
    "1a",
    "a b",
    "a\n",
    "a;b",
    "{{node}}",
  ])("is not %j", (text) => {
    expect(parseOwner(text).ok).toBe(false);
  });
});
