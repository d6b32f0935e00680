interface Entry {
  readonly sha: string;
  readonly at: number;
}

/** A queue of commits that gives the newest first: a binary heap. A commit may be in it more than once. */
export class NewestQueue {
  readonly #heap: Entry[] = [];

  /** All that wait, in no order. */
  all(): string[] {
    return this.#heap.map(({ sha }) => sha);
  }

  push(sha: string, at: number): void {
    const entry = { sha, at };
    let index = this.#heap.length;
    for (
      let above = (index - 1) >> 1;
      index > 0 && this.#at(above) < at;
      above = (index - 1) >> 1
    ) {
      this.#move(above, index);
      index = above;
    }
    this.#heap[index] = entry;
  }

  /** The newest, which leaves the queue; null when none waits. */
  pop(): string | null {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) {
      return null;
    }
    if (this.#heap.length > 0) {
      let index = 0;
      for (let below = this.#newerBelow(index); this.#at(below) > last.at;) {
        this.#move(below, index);
        index = below;
        below = this.#newerBelow(index);
      }
      this.#heap[index] = last;
    }
    return first.sha;
  }

  #at(index: number): number {
    return this.#heap[index]?.at ?? Number.NEGATIVE_INFINITY;
  }

  #newerBelow(index: number): number {
    const left = 2 * index + 1;
    return this.#at(left + 1) > this.#at(left) ? left + 1 : left;
  }

  #move(from: number, to: number): void {
    const entry = this.#heap[from];
    if (entry !== undefined) {
      this.#heap[to] = entry;
    }
  }
}
