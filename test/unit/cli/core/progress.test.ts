import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProgressLine } from '../../../../src/cli/core/progress.ts';

// Where the tests run is no terminal that can be drawn on.
beforeEach(() => {
  vi.stubEnv('CI', undefined);
  vi.stubEnv('TERM', 'xterm');
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A stream, of a terminal or not, all that was written to it, and the clock that goes on when it is told to. */
function open(isTTY: boolean) {
  let written = '';
  let nowMs = 0;
  const timers = new Set<{ readonly at: number; readonly call: () => void }>();
  const clock = {
    now: () => nowMs,
    after(delayMs: number, call: () => void) {
      const timer = { at: nowMs + delayMs, call };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
  };
  /** Lets time go by, a millisecond at a time. */
  const pass = (ms: number): void => {
    for (const end = nowMs + ms; nowMs < end;) {
      nowMs += 1;
      for (const timer of [...timers].filter(({ at }) => at <= nowMs)) {
        timers.delete(timer);
        timer.call();
      }
    }
  };
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString();
      done();
    },
  });
  const terminal = {
    isTTY,
    columns: 80,
    clearLine: () => true,
    cursorTo: () => true,
    moveCursor: () => true,
  };
  const progress = createProgressLine(
    Object.assign(stream, terminal) as unknown as NodeJS.WriteStream,
    clock,
  );
  return { progress, pass, timers, written: () => stripVTControlCharacters(written) };
}

it.each([true, false])('leaves notes and warnings as lines; on a terminal: %s', (isTTY) => {
  const { progress, written } = open(isTTY);
  progress.update('syncing');
  progress.note('schedules were created');
  progress.warn('connection lost');
  progress.stop();
  const lines = written().split('\n');
  expect(lines.filter((line) => line.endsWith('schedules were created'))).toHaveLength(1);
  expect(lines.filter((line) => line.endsWith('connection lost'))).toHaveLength(1);
});

it('shows on a terminal what goes on behind a note again', () => {
  const { progress, written } = open(true);
  progress.update('syncing');
  progress.note('schedules were created');
  progress.stop();
  expect(written().split('schedules were created')[1]).toContain('syncing');
});

describe('without a terminal', () => {
  it('writes a line every ten seconds at the most, however often it is updated', () => {
    const { progress, pass, written } = open(false);
    for (let second = 0; second < 60; second += 1) {
      progress.update(`building … ${second}`);
      pass(1_000);
    }
    progress.stop();
    const seconds = written().match(/\d+/g)?.map(Number) ?? [];
    expect(seconds).toEqual([0, 9, 19, 29, 39, 49, 59]);
  });

  it('loses no update for good: one that comes too early is written when its time has come', () => {
    const { progress, pass, written } = open(false);
    progress.update('one page');
    pass(500);
    progress.update('two pages');
    pass(500);
    progress.update('three pages');
    expect(written()).toBe('one page\n');
    pass(9_000);
    expect(written()).toBe('one page\nthree pages\n');
  });

  it.each(['stop', 'note', 'warn'] as const)('writes the last one before %s', (ending) => {
    const { progress, timers, written } = open(false);
    progress.update('one page');
    progress.update('two pages');
    progress[ending]('that was all');
    expect(written()).toMatch(/^one page\ntwo pages\n/);
    expect(timers.size).toBe(0);
  });

  it('ends with the line that stays, and writes nothing behind it', () => {
    const { progress, pass, written } = open(false);
    progress.update('one page');
    progress.update('two pages');
    progress.done('completed');
    pass(60_000);
    expect(written()).toBe('one page\ncompleted\n');
  });

  it('writes a reason at once, and the same one no more often than anything', () => {
    const { progress, pass, written } = open(false);
    progress.update('one page');
    progress.update('one page, waits: limit', 'limit');
    pass(1);
    progress.update('two pages, waits: limit', 'limit');
    progress.update('two pages');
    expect(written()).toBe('one page\none page, waits: limit\n');
    pass(10_000);
    progress.update('two pages, waits: limit', 'limit');
    expect(written()).toBe(
      'one page\none page, waits: limit\ntwo pages\ntwo pages, waits: limit\n',
    );
  });

  it('does not write a line for each of many short waits', () => {
    const { progress, pass, written } = open(false);
    for (let page = 0; page < 120; page += 1) {
      progress.update(`page ${page}, waits`, 'others go first');
      pass(250);
      progress.update(`page ${page}`);
      pass(250);
    }
    progress.stop();
    expect(written().split('\n').length).toBeLessThan(15);
    expect(written()).toMatch(/page 119\n$/);
  });

  it('repeats nothing', () => {
    const { progress, pass, written } = open(false);
    progress.update('one page');
    pass(30_000);
    progress.update('one page');
    progress.stop();
    expect(written()).toBe('one page\n');
  });
});
