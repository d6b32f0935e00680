/** A stream of numbers that follows from its keys alone, the same on every machine. */
export interface Random {
  /** From 0 up to but not 1. */
  next(): number;
  chance(probability: number): boolean;
  /** A whole number, both ends included. */
  between(low: number, high: number): number;
  pick<Item>(items: readonly Item[]): Item;
  pickWeighted<Item>(items: readonly Item[], weightOf: (item: Item) => number): Item;
  /** Spread as durations and sizes are: half of the values lie below the median. */
  logNormal(median: number, spread: number): number;
  hex(length: number): string;
}

/** FNV-1a over the keys, so that neighbouring days and seeds start far apart. */
function hashOf(keys: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of keys.join('\u0000')) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return hash >>> 0;
}

/** Mulberry32: small, fast, and good enough for made-up history. */
export function createRandom(...keys: readonly (string | number)[]): Random {
  let state = hashOf(keys);

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  function pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(next() * items.length)];
    if (item === undefined) {
      throw new RangeError('There is nothing to pick from.');
    }
    return item;
  }

  function pickWeighted<Item>(items: readonly Item[], weightOf: (item: Item) => number): Item {
    let left = next() * items.reduce((total, item) => total + weightOf(item), 0);
    for (const item of items) {
      left -= weightOf(item);
      if (left < 0) return item;
    }
    return pick(items);
  }

  return {
    next,
    pick,
    pickWeighted,
    chance: (probability) => next() < probability,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    logNormal: (median, spread) => {
      // Box-Muller; 1 - next() keeps the logarithm away from zero.
      const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
      return median * Math.exp(spread * normal);
    },
    hex: (length) => {
      let text = '';
      while (text.length < length) {
        text += Math.floor(next() * 2 ** 32)
          .toString(16)
          .padStart(8, '0');
      }
      return text.slice(0, length);
    },
  };
}
