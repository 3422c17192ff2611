import { bad, type Parsed, quoted } from "./parsed.js";
import { parseQuantity, toBaseUnits } from "./quantity.js";

const FACTORS = new Map<string, number>([
  ["b", 1],
  ["kb", 1e3],
  ["mb", 1e6],
  ["gb", 1e9],
  ["tb", 1e12],
  ["kib", 2 ** 10],
  ["mib", 2 ** 20],
  ["gib", 2 ** 30],
  ["tib", 2 ** 40],
]);

/** An amount of data, in any case, to bytes: B, kB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (powers of 1024). */
export function parseBytes(text: string): Parsed<number> {
  const quantity = parseQuantity(text);
  if (quantity === undefined)
    return bad(
      `${quoted(text)} is not an amount of data`,
      "write a number and a unit without a sign, such as 5GB",
    );
  if (quantity.unit === "" && quantity.digits !== 0n)
    return bad(`the amount ${quoted(text)} has no unit`, `add one, such as ${quantity.number}GB`);
  const factor = FACTORS.get(quantity.unit.toLowerCase() || "b");
  if (factor === undefined)
    return bad(
      `${quoted(quantity.unit)} in ${quoted(text)} is not a unit of data`,
      "use B, kB, MB, GB or TB, or KiB, MiB, GiB or TiB",
    );
  return toBaseUnits(quantity, factor, "bytes");
}
