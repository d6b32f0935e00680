import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTrial, type Trial } from './checked-trial.ts';

let trial: Trial;

beforeAll(async () => {
  trial = await openTrial('backports');
  await trial.sync();
});

afterAll(() => trial.close());

it('a backport that was opened at once has no coding time of the 49 days before it', async () => {
  expect(trial.checks).toHaveLength(1);
  expect(
    await trial.rows(
      'SELECT number, coding_seconds::integer, cycle_time_seconds::integer FROM pull_request ORDER BY number',
    ),
  ).toEqual([
    [1, 7_200, 266_400],
    [2, 0, 3_600],
  ]);
});

it('both pull requests count, into whatever branch they went', async () => {
  expect(await trial.weekOf('pull_requests_merged, coding_seconds')).toEqual([2, 7_200]);
});
