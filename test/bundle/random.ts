/** Numbers that look random and are those of one seed. */
export interface Dice {
  /** A whole number from 0 to `below` - 1. */
  number(below: number): number;
  chance(percent: number): boolean;
  pick<T>(list: readonly T[]): T;
}

export function dice(seed: number): Dice {
  let state = seed >>> 0;
  // mulberry32: the seeds 1, 2, 3, … have nothing in common.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const number = (below: number): number => Math.floor(next() * below);
  return {
    number,
    chance: (percent) => number(100) < percent,
    pick: (list) => {
      if (list.length === 0) throw new Error("nothing to pick from");
      return list[number(list.length)] as (typeof list)[number];
    },
  };
}
