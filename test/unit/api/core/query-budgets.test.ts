import { describe, expect, it } from 'vitest';
import { createQueryBudgets } from '../../../../src/api/core/query-budgets.ts';

const MINUTE = 60_000;

function createBudgets(maxAccounts?: number) {
  const time = { ms: 0 };
  const budgets = createQueryBudgets({
    pointsPerMinute: 600,
    clock: () => time.ms,
    ...(maxAccounts !== undefined && { maxAccounts }),
  });
  return { budgets, time };
}

describe('the budgets of tokens', () => {
  it('are full at first, go down by what is spent, and come back evenly within a minute', () => {
    const { budgets, time } = createBudgets();
    expect(budgets.read('a')).toEqual({ limit: 600, remaining: 600, fullInMs: 0 });
    expect(budgets.take('a', 200)).toEqual({ limit: 600, remaining: 400, fullInMs: 20_000 });
    time.ms += 10_000;
    expect(budgets.read('a')).toEqual({ limit: 600, remaining: 500, fullInMs: 10_000 });
    time.ms += MINUTE;
    expect(budgets.read('a').remaining).toBe(600);
  });

  it('spend nothing where the points are not there, and say how long until they are', () => {
    const { budgets, time } = createBudgets();
    budgets.take('a', 500);
    expect(budgets.take('a', 101)).toBeNull();
    expect(budgets.read('a').remaining).toBe(100);
    expect(budgets.waitMs('a', 101)).toBe(100);
    time.ms += 100;
    expect(budgets.take('a', 101)).not.toBeNull();
    expect(budgets.waitMs('a', 10_000)).toBe(MINUTE);
  });

  it('are one for each account', () => {
    const { budgets } = createBudgets();
    expect(budgets.take('a', 600)?.remaining).toBe(0);
    expect(budgets.take('a', 1)).toBeNull();
    expect(budgets.take('b', 600)?.remaining).toBe(0);
  });

  it('let what is free pass when they are empty, and keep nothing of it', () => {
    const { budgets } = createBudgets();
    expect(budgets.take('new', 0)?.remaining).toBe(600);
    expect(budgets.size).toBe(0);
    budgets.take('a', 600);
    expect(budgets.take('a', 0)?.remaining).toBe(0);
  });

  it('are not filled by a clock that goes back', () => {
    const { budgets, time } = createBudgets();
    time.ms = MINUTE;
    budgets.take('a', 600);
    time.ms = 0;
    expect(budgets.read('a').remaining).toBe(0);
  });

  it('are forgotten when they were idle for a minute, which changes nothing', () => {
    const { budgets, time } = createBudgets();
    for (let n = 0; n < 1_000; n += 1) {
      budgets.take(`idle-${n}`, 600);
    }
    expect(budgets.size).toBe(1_000);
    time.ms += MINUTE;
    budgets.take('busy', 1);
    expect(budgets.size).toBe(1);
    expect(budgets.read('idle-5').remaining).toBe(600);
  });

  it('are no more than there may be: the one that was idle for longest goes', () => {
    const { budgets, time } = createBudgets(10);
    for (let n = 0; n < 100; n += 1) {
      time.ms += 1;
      budgets.take('busy', 1);
      budgets.take(`token-${n}`, 600);
    }
    expect(budgets.size).toBe(10);
    expect(budgets.read('token-99').remaining).toBe(0);
    expect(budgets.read('token-0').remaining).toBe(600);
    expect(budgets.read('busy').remaining).toBeLessThan(600);
  });
});
