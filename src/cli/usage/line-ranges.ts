import { formatCount } from '../../domain/core/quantities.ts';

/** Numbers of lines that came in order. Neighbours make one range; beyond a number of ranges lines are only counted. */
export interface LineRanges {
  /**
   * @param mayAdd whether one more range may be kept
   * @returns whether one was added
   */
  add(line: number, mayAdd: boolean): boolean;
  /** `lines 2 to 41, 43`, and how many more there are. */
  render(): string;
  /** All lines but the first, in the same way; null when there are none. */
  renderRest(): string | null;
  readonly first: number;
}

/** @param first the first line */
export function createLineRanges(first: number): LineRanges {
  const ranges: { from: number; to: number }[] = [{ from: first, to: first }];
  let unnamed = 0;

  function render(from: number): string {
    const named = ranges
      .map((range) => ({ ...range, from: Math.max(range.from, from) }))
      .filter((range) => range.from <= range.to)
      .map((range) => (range.from === range.to ? `${range.from}` : `${range.from} to ${range.to}`));
    const all = unnamed === 0 ? named : [...named, `${formatCount(unnamed)} more`];
    const isOne = all.length === 1 && /^\d+$/.test(all[0] ?? '');
    return all.length === 0 ? '' : `${isOne ? 'line' : 'lines'} ${all.join(', ')}`;
  }

  return {
    first,
    add(line, mayAdd) {
      const last = ranges.at(-1);
      if (unnamed === 0 && last?.to === line - 1) {
        last.to = line;
        return false;
      }
      if (!mayAdd || unnamed > 0) {
        unnamed += 1;
        return false;
      }
      ranges.push({ from: line, to: line });
      return true;
    },
    render: () => render(first),
    renderRest: () => {
      const rest = render(first + 1);
      return rest === '' ? null : rest;
    },
  };
}
