import { bad, type Parsed, quoted } from "./parsed.js";
import { formatQuantity, parseQuantity, toBaseUnits, type Unit } from "./quantity.js";

const UNITS: readonly Unit[] = [
  ["gb", 2 ** 30],
  ["mb", 2 ** 20],
  ["kb", 2 ** 10],
  ["b", 1],
];

const UNIT = /^(?:b|([kmg])(?:b|ib)?)$/;

/** `1500b`, `32k`, `1.5mb`, `1gib`, in any case, to bytes. All prefixes are powers of 1024 (tc(8), "SIZES"). */
export function parseSize(text: string): Parsed<number> {
  const quantity = parseQuantity(text);
  if (quantity === undefined) {
    return bad(`${quoted(text)} is not a size`, "write a number and a unit without a sign, such as 32kb");
  }
  if (quantity.unit === "") {
    return bad(`the size ${quoted(text)} has no unit`, `add one, such as ${quantity.number}b for bytes`);
  }
  const match = UNIT.exec(quantity.unit.toLowerCase());
  if (match === null) {
    return bad(`${quoted(quantity.unit)} in ${quoted(text)} is not a unit of size`, "use b, kb, mb or gb");
  }
  const [, prefix = ""] = match;
  const factor = UNITS.find(([name]) => name === `${prefix}b`)?.[1] ?? 1;
  return toBaseUnits(quantity, factor, "bytes");
}

/** The shortest exact text of whole bytes in units that tc reads too: `32kb`, `1.5mb`, `1500b`. */
export function formatSize(sizeBytes: number): string {
  return formatQuantity(sizeBytes, UNITS);
}
