import { bad, ok, type Parsed, quoted } from "./parsed.js";

/** A number and a unit as written, kept exact: the number is `digits / 10^places`. */
export interface Quantity {
  readonly text: string;
  /** The number as written. */
  readonly number: string;
  readonly digits: bigint;
  readonly places: number;
  /** As written; empty for a bare number. */
  readonly unit: string;
}

/** A unit's name and its size in the base unit, a whole number. */
export type Unit = readonly [name: string, factor: number];

// Thirty digits hold every value that fits, and keep the BigInts small whatever the input.
const QUANTITY = /^(\d{1,30})(?:\.(\d{1,30}))?[ \t]*([^\d\s.]*)$/;

/**
 * The same as the text of a regular expression, for editors: without flags, and without what JavaScript and Rust read
 * differently. It may accept what a parser refuses, never the other way round; so for every `…Pattern` of this folder.
 */
export function quantityPattern(unitPattern: string, wholePattern = "[0-9]{1,30}"): string {
  return `^${wholePattern}(?:\\.[0-9]{1,30})?[ \\t]*(?:${unitPattern})$`;
}

/** A pattern for the text in any case. */
export function inAnyCase(text: string): string {
  return text.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

/** `1.5ms`, `10 gbit`, `0.1%`: no sign, no exponent, blanks only between number and unit. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = QUANTITY.exec(text);
  if (match === null) return undefined;
  const [, whole = "", fraction = "", unit = ""] = match;
  const number = fraction === "" ? whole : `${whole}.${fraction}`;
  return { text, number, digits: BigInt(whole + fraction), places: fraction.length, unit };
}

/**
 * The quantity in base units, computed exactly.
 * @param factor base units in one of the quantity's units
 * @param base the base unit in plural, for the message
 */
export function toBaseUnits(quantity: Quantity, factor: number, base: string): Parsed<number> {
  const scaled = quantity.digits * BigInt(factor);
  const divisor = 10n ** BigInt(quantity.places);
  if (scaled % divisor !== 0n) {
    return bad(`${quoted(quantity.text)} is not a whole number of ${base}`, `round it to whole ${base}`);
  }
  const value = scaled / divisor;
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    return bad(
      `${quoted(quantity.text)} is too large`,
      `the most is ${Number.MAX_SAFE_INTEGER} ${base}, please check the unit`,
    );
  }
  return ok(Number(value));
}

/**
 * The shortest exact text: the largest unit not above the value that needs at most three decimals.
 * @param value base units, a whole number from 0 to 2^53 - 1
 * @param units largest first, each factor at most 10^12; the last is the base unit itself
 */
export function formatQuantity(value: number, units: readonly Unit[]): string {
  for (const [name, factor] of units) {
    const rest = value % factor;
    if (value < factor || (rest * 1000) % factor !== 0) continue;
    const thousandths = String((rest * 1000) / factor).padStart(3, "0");
    const decimals = thousandths.replace(/0+$/, "");
    return `${(value - rest) / factor}${decimals === "" ? "" : `.${decimals}`}${name}`;
  }
  return `${value}${units.at(-1)?.[0] ?? ""}`;
}
