import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createProgressLine } from '../../../../src/cli/core/progress.ts';

// Where the tests run is no terminal that can be drawn on.
beforeEach(() => {
  vi.stubEnv('CI', undefined);
  vi.stubEnv('TERM', 'xterm');
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A stream, of a terminal or not, and all that was written to it. */
function open(isTTY: boolean) {
  let written = '';
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
    () => 0,
  );
  return { progress, written: () => stripVTControlCharacters(written) };
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
