/** Something that must go into one NUMA node. */
export interface Block {
  readonly cores: number;
  /** The most distinct cores that a process in it wants. */
  readonly widest: number;
}

/** What a NUMA node has: cores, and slots for processes on them. */
export interface Room {
  readonly cores: number;
  readonly slots: number;
}

export interface Packing {
  /** For each block its room; undefined when none was found. */
  readonly roomOf?: readonly number[];
  /** Whether every possibility was tried. */
  readonly complete: boolean;
}

/**
 * Packs blocks (largest first) into rooms and leaves place for processes that may be spread over rooms, by a search
 * that tries the fullest room first and gives up after `steps` dead ends.
 *
 * Slots suffice, cores need not be looked at: processes dealt out over a room's cores in turn never meet a core twice
 * as long as none wants more than there are, and load the cores evenly.
 */
export function pack(
  blocks: readonly Block[],
  rooms: readonly Room[],
  spread: readonly number[],
  steps: number,
): Packing {
  const left = rooms.map((room) => room.slots);
  const need = [...blocks.map((block) => block.cores), ...spread].reduce((sum, cores) => sum + cores, 0);
  if (need > left.reduce((sum, slots) => sum + slots, 0)) return { complete: true };
  const roomOf: number[] = [];
  // For each block placed so far and the next one: the rooms still to try. A server can have thousands of blocks, too
  // many to recurse.
  const untried: number[][] = [];
  let deadEnds = 0;
  for (;;) {
    const depth = untried.length;
    const block = blocks[depth];
    if (block === undefined && spreadFits(spread, rooms, left)) return { roomOf, complete: true };
    untried.push(block === undefined ? [] : candidates(block, rooms, left));
    if (untried.at(-1)?.length === 0 && deadEnds++ >= steps) return { complete: false };
    while (untried.at(-1)?.length === 0) {
      untried.pop();
      const back = roomOf.pop();
      if (back === undefined) return { complete: true };
      left[back]! += blocks[roomOf.length]!.cores;
    }
    const room = untried.at(-1)!.shift()!;
    left[room]! -= blocks[roomOf.length]!.cores;
    roomOf.push(room);
  }
}

/** The rooms that a block fits into, the fullest first; of rooms that are alike only one. */
function candidates(block: Block, rooms: readonly Room[], left: readonly number[]): number[] {
  const fitting = rooms.flatMap((room, index) =>
    room.cores >= block.widest && left[index]! >= block.cores ? [index] : [],
  );
  fitting.sort((a, b) => left[a]! - left[b]! || rooms[a]!.cores - rooms[b]!.cores || a - b);
  return fitting.filter((room, rank) => {
    const before = fitting[rank - 1];
    return before === undefined || left[before] !== left[room] || rooms[before]!.cores !== rooms[room]!.cores;
  });
}

/**
 * Whether processes that want `spread` distinct cores each (most first) fit into what is left of the rooms.
 * This is a transport problem, a room giving a process at most as many slots as it has cores. By the theorem of Gale
 * (A theorem on flows in networks, 1957) it is solvable when for every m the m largest find enough.
 */
export function spreadFits(
  spread: readonly number[],
  rooms: readonly Room[],
  left: readonly number[],
): boolean {
  const total = spread.reduce((sum, cores) => sum + cores, 0);
  if (total > left.reduce((sum, slots) => sum + slots, 0)) return false;
  // From as many processes on as a core serves, a room gives all that it has left, and only the total counts.
  const most = rooms.reduce((most, { cores, slots }) => Math.max(most, cores === 0 ? 0 : slots / cores), 0);
  let wanted = 0;
  for (const [index, cores] of spread.slice(0, most).entries()) {
    wanted += cores;
    const given = rooms.reduce((sum, room, at) => sum + Math.min(left[at]!, (index + 1) * room.cores), 0);
    if (wanted > given) return false;
  }
  return true;
}
