import { bad, type Parsed, quoted } from "./parsed.js";
import {
  formatQuantity,
  inAnyCase,
  parseQuantity,
  quantityPattern,
  toBaseUnits,
  type Unit,
} from "./quantity.js";

const UNITS: readonly Unit[] = [
  ["s", 1_000_000_000],
  ["ms", 1_000_000],
  ["us", 1000],
  ["ns", 1],
];

// The micro sign and the Greek letter look alike.
const FACTORS = new Map<string, number>([...UNITS, ["\u00b5s", 1000], ["\u03bcs", 1000]]);

// The capital of the Greek letter is a unit "in any case", too.
export const durationPattern = quantityPattern(
  [...FACTORS.keys()].map((unit) => inAnyCase(unit).replace("\u03bc", "[\u03bc\u039c]")).join("|"),
);

/** `5ms`, `1.5 s`, `250us` (also `µs`), `10ns`, in any case, to whole nanoseconds. */
export function parseDuration(text: string): Parsed<number> {
  const quantity = parseQuantity(text);
  if (quantity === undefined) {
    return bad(`${quoted(text)} is not a duration`, "write a number and a unit without a sign, such as 5ms");
  }
  if (quantity.unit === "") {
    return bad(`the duration ${quoted(text)} has no unit`, `add one, such as ${quantity.number}ms`);
  }
  const factor = FACTORS.get(quantity.unit.toLowerCase());
  if (factor === undefined) {
    return bad(
      `${quoted(quantity.unit)} in ${quoted(text)} is not a unit of time`,
      "use ns, us, ms or s (a minute is 60s)",
    );
  }
  return toBaseUnits(quantity, factor, "nanoseconds");
}

/** The shortest exact text of whole nanoseconds: `5ms`, `1.5ms`, `1000.001ms`. */
export function formatDuration(durationNs: number): string {
  return formatQuantity(durationNs, UNITS);
}
