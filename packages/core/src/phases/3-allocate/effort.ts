/** Pops of a packing's search that one look at a server may take where much else is looked at, too. */
export const briefSearch = 200;

/** What a fallback may spend, counted so that it ends at the same point on every machine. */
export class Effort {
  #left: number;

  constructor(looks: number) {
    this.#left = looks;
  }

  /** Whether there is still something to spend; then a look at a server with that many items is paid. */
  spend(items: number): boolean {
    if (this.#left <= 0) return false;
    this.#left -= items + briefSearch;
    return true;
  }
}
