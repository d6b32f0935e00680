import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { BenchResult } from '../../bench/figures.ts';
import { PROJECT_DIRECTORY } from '../support/scratch-tree.ts';

interface Run {
  readonly code: number | null;
  readonly said: string;
  readonly complained: string;
}

async function runBench(args: readonly string[], url?: string): Promise<Run> {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, ['scripts/bootstrap.mjs', 'bench', ...args], {
    cwd: PROJECT_DIRECTORY,
    // A server of its own: other tests would add to the write-ahead log that it measures.
    env: { PATH, HOME, ...(url === undefined ? {} : { BENCH_DATABASE_URL: url }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [said, complained, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ]);
  return { code, said, complained };
}

describe('a quick bench', () => {
  it.each([
    ['usage', ['usage.same.wal', 'one_team.same.dead_rows', 'writers.lost_updates'], 5],
    ['rollup', ['rollup.rebuild_statements_a_team', 'rollup.increment.equal_to_rebuild'], 5],
    ['sync', ['walk.idle_requests', 'memory.growth', 'history.events_a_run'], 2],
  ])(
    'of %s meets every figure that is the same on all machines',
    async (name, keys, timedFigures) => {
      const { code, said, complained } = await runBench([name, '--quick', '--json']);
      expect(code, complained).toBe(0);
      const result = JSON.parse(said) as BenchResult;
      expect(result).toMatchObject({ name, quick: true });
      expect(result.machine.postgres).toMatch(/^18/);
      expect(result.settings['fsync']).toBe('on');
      expect(result.figures.filter(({ met }) => met === false)).toEqual([]);
      const judged = result.figures.filter(({ met }) => met === true).map(({ key }) => key);
      expect(judged).toEqual(expect.arrayContaining(keys));
      // What a clock decides is told, and judged on a quiet machine only.
      const timed = result.figures.filter(
        ({ unit, target }) => unit === 'times' && target !== null,
      );
      expect(timed.length).toBeGreaterThanOrEqual(timedFigures);
    },
  );
});

describe('a bench that cannot begin', () => {
  it('says in one sentence that the database does not answer', async () => {
    const { code, complained } = await runBench(
      ['usage', '--quick'],
      'postgresql://x@127.0.0.1:1/x',
    );
    expect(code).toBe(1);
    expect(complained).not.toMatch(/^\s+at /m);
    expect(complained).toContain('BENCH_DATABASE_URL');
  });
});
