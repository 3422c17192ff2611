import { bad, ok, type Parsed, quoted } from "./parsed.js";
import { parseQuantity, quantityPattern, toBaseUnits } from "./quantity.js";

const MILLIONTHS = 1_000_000;
const HINT = "write a percentage from 0% to 100%, such as 0.1%";

export const percentPattern = quantityPattern("%", "0*(?:100|[0-9]{1,2})");

/** `0.1%` to the number of percent, 0.1: from 0 to 100 with at most six decimals. The sign `%` is required. */
export function parsePercent(value: string | number): Parsed<number> {
  const text = String(value);
  const quantity = parseQuantity(text);
  if (quantity === undefined) return bad(`${quoted(text)} is not a percentage`, HINT);
  if (quantity.unit === "") {
    return bad(`the percentage ${quoted(text)} has no "%"`, `write ${text}% if percent is meant`);
  }
  if (quantity.unit !== "%") return bad(`${quoted(text)} is not a percentage`, HINT);
  if (quantity.digits > 100n * 10n ** BigInt(quantity.places)) {
    return bad(`${quoted(text)} is more than 100%`, HINT);
  }
  const millionths = toBaseUnits(quantity, MILLIONTHS, "millionths of a percent");
  return millionths.ok ? ok(millionths.value / MILLIONTHS) : millionths;
}

/** A number from {@link parsePercent} as text: `0.1%`. */
export function formatPercent(percent: number): string {
  return `${percent}%`;
}
