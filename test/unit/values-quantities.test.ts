import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../packages/core/dist/values/duration.js";
import { formatPercent, parsePercent } from "../../packages/core/dist/values/percent.js";
import { formatRate, parseRate } from "../../packages/core/dist/values/rate.js";

const value = (parsed: { ok: boolean; value?: unknown }) => (parsed.ok ? parsed.value : "bad");
const hint = (parsed: { ok: boolean; hint?: string }) => (parsed.ok ? "good" : parsed.hint);
const ofNaturals = fc.oneof(
  fc.nat(),
  fc.maxSafeNat(),
  fc.tuple(fc.nat(9000), fc.nat(12)).map(([n, exponent]) => n * 10 ** exponent),
);

describe("durations", () => {
  test.each([
    ["5ms", 5_000_000],
    ["1.5ms", 1_500_000],
    ["1.5 \tms", 1_500_000],
    ["0s", 0],
    ["0.0s", 0],
    ["10ns", 10],
    ["250us", 250_000],
    ["250\u00b5s", 250_000],
    ["250\u03bcs", 250_000],
    ["2S", 2_000_000_000],
    ["0.000000001s", 1],
    ["1.0ns", 1],
    // 0.1 + 0.2 and the like: none of these is exact in floating point.
    ["4.35us", 4350],
    ["1.005s", 1_005_000_000],
    ["9007199254740991ns", Number.MAX_SAFE_INTEGER],
    ["9007199.254740991s", Number.MAX_SAFE_INTEGER],
  ])("%s", (text, expected) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: expected });
  });

  test.each<[string, string]>([
    ["5", "add one, such as 5ms"],
    ["1.5 ", "add one, such as 1.5ms"],
    ["5m", "use ns, us, ms or s (a minute is 60s)"],
    ["5 min", "use ns, us, ms or s (a minute is 60s)"],
    ["1.5ns", "round it to whole nanoseconds"],
    ["0.0000000001s", "round it to whole nanoseconds"],
    ["9007199254740992ns", "the most is 9007199254740991 nanoseconds, please check the unit"],
    ...[
      "",
      "ms",
      "-5ms",
      "+5ms",
      ".5ms",
      "5.ms",
      "1e3ms",
      "1,5ms",
      "5ms ",
      " 5ms",
      "5ms 3us",
      "5\nms",
      "٥ms",
    ].map((text): [string, string] => [text, "write a number and a unit without a sign, such as 5ms"]),
    ["9".repeat(100_000), "write a number and a unit without a sign, such as 5ms"],
  ])("%j is refused", (text, expected) => {
    expect(hint(parseDuration(text))).toBe(expected);
  });

  test("says what is wrong", () => {
    expect(parseDuration("5 min")).toEqual({
      ok: false,
      message: '"min" in "5 min" is not a unit of time',
      hint: "use ns, us, ms or s (a minute is 60s)",
    });
  });

  test.each([
    [0, "0ns"],
    [5_000_000, "5ms"],
    [1_500_000, "1.5ms"],
    [999_999, "999.999us"],
    [1_000_001_000, "1000.001ms"],
    [1_000_000_001, "1000000.001us"],
    [60_000_000_000, "60s"],
    [Number.MAX_SAFE_INTEGER, "9007199254740.991us"],
  ])("%d ns", (durationNs, expected) => {
    expect(formatDuration(durationNs)).toBe(expected);
  });

  test("what is formatted parses to itself", () => {
    fc.assert(fc.property(ofNaturals, (ns) => value(parseDuration(formatDuration(ns))) === ns));
  });

  test("no text makes it throw", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => typeof parseDuration(text).ok === "boolean"),
    );
  });
});

describe("rates", () => {
  test.each([
    ["1bit", 1],
    ["1gbit", 1e9],
    ["1.5mbit", 1_500_000],
    ["10 KBit", 10_000],
    ["1tbit", 1e12],
    ["1kibit", 1024],
    ["1mibit", 1_048_576],
    ["1gibit", 1_073_741_824],
    ["1tibit", 1_099_511_627_776],
    ["1bps", 8],
    ["1kbps", 8000],
    ["10Mbps", 80_000_000],
    ["1gbps", 8e9],
    ["1tbps", 8e12],
    ["1kibps", 8192],
    ["1.5mibps", 12_582_912],
    ["0.125bps", 1],
  ])("%s", (text, expected) => {
    expect(parseRate(text)).toEqual({ ok: true, value: expected });
  });

  test.each([
    ["10", "add one, such as 10mbit"],
    ["10g", "write 10gbit"],
    ["10gb", "write 10gbit"],
    ["10Mb/s", "write 10mbit"],
    ["1.5 Mbit/s", "write 1.5mbit"],
    ["10mbits", "write 10mbit"],
    ["10MB/s", "write 10mbit, or 10mbps for bytes"],
    ["10 kibytes/sec", "write 10kibit, or 10kibps for bytes"],
    ["10parsecs", "use bit, kbit, mbit, gbit or tbit"],
    ["0mbit", "leave it out for no limit, or use a loss of 100% for a link that carries nothing"],
    ["0.00bit", "leave it out for no limit, or use a loss of 100% for a link that carries nothing"],
    ["1.5bit", "round it to whole bits per second"],
    ["10000tbit", "the most is 9007199254740991 bits per second, please check the unit"],
    ["-1mbit", "write a number and a unit without a sign, such as 10mbit"],
    ["fast", "write a number and a unit without a sign, such as 10mbit"],
  ])("%s is refused", (text, expected) => {
    expect(hint(parseRate(text))).toBe(expected);
  });

  test.each([
    [1, "1bit"],
    [1e9, "1gbit"],
    [1_500_000, "1.5mbit"],
    [500_000_000, "500mbit"],
    [1_234_567, "1234.567kbit"],
    [123_456_789_012, "123456789.012kbit"],
    [1024, "1.024kbit"],
    [12e12, "12tbit"],
  ])("%d bit/s", (rateBitsPerSecond, expected) => {
    expect(formatRate(rateBitsPerSecond)).toBe(expected);
  });

  test("what is formatted parses to itself", () => {
    fc.assert(fc.property(ofNaturals, (rate) => rate === 0 || value(parseRate(formatRate(rate))) === rate));
  });

  test("what a hint says to write is accepted", () => {
    const units = ["", "g", "gb", "MB", "Mb/s", "GiB/s", "b", "kbits", "bytes", "mips"];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4000 }), fc.constantFrom(...units), (n, unit) => {
        const parsed = parseRate(`${n}${unit}`);
        const suggested = parsed.ok ? [] : (parsed.hint?.match(/\d+[kmgt]?i?(bit|bps)/g) ?? []);
        return !parsed.ok && suggested.length > 0 && suggested.every((text) => parseRate(text).ok);
      }),
    );
  });
});

describe("percentages", () => {
  test.each([
    ["0%", 0],
    ["0.1%", 0.1],
    ["1 %", 1],
    ["12.345678%", 12.345678],
    ["0.000001%", 0.000001],
    ["100%", 100],
    ["100.00%", 100],
  ])("%s", (text, expected) => {
    expect(parsePercent(text)).toEqual({ ok: true, value: expected });
  });

  test.each<[string | number, string]>([
    [1, "write 1% if percent is meant"],
    [0.01, "write 0.01% if percent is meant"],
    ["1", "write 1% if percent is meant"],
    ["0.0000001%", "round it to whole millionths of a percent"],
    ...[
      "100.000001%",
      "99999999999999999%",
      "-1%",
      "1e-3%",
      "1%%",
      "1 percent",
      "%",
      "",
      -1,
      Number.NaN,
      1e-9,
    ].map((text): [string | number, string] => [text, "write a percentage from 0% to 100%, such as 0.1%"]),
  ])("%j is refused", (text, expected) => {
    expect(hint(parsePercent(text))).toBe(expected);
  });

  test("what is formatted parses to itself", () => {
    const percents = fc.nat(100_000_000).map((millionths) => millionths / 1_000_000);
    fc.assert(fc.property(percents, (percent) => value(parsePercent(formatPercent(percent))) === percent));
  });
});
