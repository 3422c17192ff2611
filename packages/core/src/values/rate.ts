import { bad, type Parsed, quoted } from "./parsed.js";
import {
  formatQuantity,
  inAnyCase,
  parseQuantity,
  type Quantity,
  quantityPattern,
  toBaseUnits,
  type Unit,
} from "./quantity.js";

const PREFIXES = new Map<string, number>([
  ["", 1],
  ["k", 1e3],
  ["m", 1e6],
  ["g", 1e9],
  ["t", 1e12],
  ["ki", 2 ** 10],
  ["mi", 2 ** 20],
  ["gi", 2 ** 30],
  ["ti", 2 ** 40],
]);

const UNITS: readonly Unit[] = [
  ["tbit", 1e12],
  ["gbit", 1e9],
  ["mbit", 1e6],
  ["kbit", 1e3],
  ["bit", 1],
];

const UNIT = /^([kmgt]i?)?(bit|bps)$/;
export const ratePattern = quantityPattern(inAnyCase("(?:(?:k|m|g|t)i?)?(?:bit|bps)"));

const NEAR_UNIT = /^([kmgt]i?)?(b|bits?|bytes?)?(\/s|\/sec|ps)?$/i;

/**
 * A rate in tc's grammar, in any case, to bits per second: `bit` with k, m, g, t (powers of 1000) or ki, mi,
 * gi, ti (powers of 1024) before it, or `bps` in the same way, which is bytes per second (tc(8), "RATES").
 * A bare number and zero are refused.
 */
export function parseRate(text: string): Parsed<number> {
  const quantity = parseQuantity(text);
  if (quantity === undefined) {
    return bad(`${quoted(text)} is not a rate`, "write a number and a unit without a sign, such as 10mbit");
  }
  const factor = bitsPerUnit(quantity.unit.toLowerCase());
  if (factor === undefined) return unknownUnit(quantity);
  if (quantity.digits === 0n) {
    return bad(
      `the rate ${quoted(text)} lets nothing through`,
      "leave it out for no limit, or use a loss of 100% for a link that carries nothing",
    );
  }
  return toBaseUnits(quantity, factor, "bits per second");
}

function bitsPerUnit(unit: string): number | undefined {
  const [, prefix = "", base] = UNIT.exec(unit) ?? [];
  const factor = PREFIXES.get(prefix);
  if (base === undefined || factor === undefined) return undefined;
  return base === "bps" ? factor * 8 : factor;
}

function unknownUnit({ text, number, unit }: Quantity): Parsed<number> {
  if (unit === "") {
    return bad(`the rate ${quoted(text)} has no unit`, `add one, such as ${number}mbit`);
  }
  const message = `${quoted(unit)} in ${quoted(text)} is not a unit of rate`;
  const near = NEAR_UNIT.exec(unit);
  if (near === null) return bad(message, "use bit, kbit, mbit, gbit or tbit");
  const [, prefix = "", base = ""] = near;
  const bits = `write ${number}${prefix.toLowerCase()}bit`;
  const meansBytes = base === "B" || base.toLowerCase().startsWith("byte");
  return bad(message, meansBytes ? `${bits}, or ${number}${prefix.toLowerCase()}bps for bytes` : bits);
}

/** The shortest exact text of whole bits per second: `1gbit`, `1.5mbit`, `1234567bit`. */
export function formatRate(rateBitsPerSecond: number): string {
  return formatQuantity(rateBitsPerSecond, UNITS);
}
