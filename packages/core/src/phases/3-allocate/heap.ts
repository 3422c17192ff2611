/** A queue of items by gain, the highest first and of equal ones the lowest item; ties never depend on the order in. */
export class GainQueue {
  readonly #gains: number[] = [];
  readonly #items: number[] = [];

  push(gain: number, item: number): void {
    let at = this.#items.length;
    this.#gains.push(gain);
    this.#items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** The next entry; undefined when there is none. */
  pop(): { readonly gain: number; readonly item: number } | undefined {
    const last = this.#items.length - 1;
    if (last < 0) return undefined;
    this.#swap(0, last);
    const entry = { gain: this.#gains.pop()!, item: this.#items.pop()! };
    this.#sink(last);
    return entry;
  }

  #sink(size: number): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      let first = at;
      if (left < size && this.#before(left, first)) first = left;
      if (left + 1 < size && this.#before(left + 1, first)) first = left + 1;
      if (first === at) return;
      this.#swap(at, first);
      at = first;
    }
  }

  #before(a: number, b: number): boolean {
    const difference = this.#gains[a]! - this.#gains[b]!;
    return difference > 0 || (difference === 0 && this.#items[a]! < this.#items[b]!);
  }

  #swap(a: number, b: number): void {
    [this.#gains[a], this.#gains[b]] = [this.#gains[b]!, this.#gains[a]!];
    [this.#items[a], this.#items[b]] = [this.#items[b]!, this.#items[a]!];
  }
}
