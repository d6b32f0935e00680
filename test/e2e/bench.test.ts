import { describe, expect, it } from 'vitest';
import type { BenchResult } from '../../bench/figures.ts';
import { readPrintedJson, runNpmScript } from '../support/processes/command.ts';

describe('a quick bench', () => {
  it.each([
    ['usage', ['usage.same.wal', 'one_team.same.dead_rows', 'writers.lost_updates'], 5],
    ['rollup', ['rollup.rebuild_statements_a_team', 'rollup.increment.equal_to_rebuild'], 5],
    ['sync', ['sync.idle_requests', 'memory.growth', 'history.events_a_run'], 2],
    [
      'gateway',
      [
        'hostile.refused',
        'hostile.next_query_undisturbed',
        'followers.overloaded',
        'followers.statements_until_first_state',
        'followers.statements_a_run_and_poll',
        'followers.authentications_a_poll',
      ],
      2,
    ],
  ])(
    'of %s meets every figure that is the same on all machines',
    async (name, keys, timedFigures) => {
      // A server of its own: other tests would add to the write-ahead log that it measures.
      const ended = await runNpmScript('bench', [name, '--quick', '--json']);
      const result = readPrintedJson(ended) as BenchResult;
      expect(ended.code, `${ended.stderr}\n${ended.stdout}`).toBe(0);
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
    const { code, stderr } = await runNpmScript('bench', ['usage', '--quick'], {
      BENCH_DATABASE_URL: 'postgresql://x@127.0.0.1:1/x',
    });
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stderr).toContain('BENCH_DATABASE_URL');
  });
});
