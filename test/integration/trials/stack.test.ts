import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTrial, type Trial } from './checked-trial.ts';

let trial: Trial;

beforeAll(async () => {
  trial = await openTrial('stack');
  await trial.sync();
});

afterAll(() => trial.close());

it('a stack brings its 150 lines once: what went into the branch of another pull request came with that', async () => {
  const [check] = trial.checks;
  expect(await trial.weekOf('additions')).toEqual([Number(check?.expected)]);
  expect(await trial.weekOf('pull_requests_merged, pull_requests_merged_elsewhere')).toEqual([
    1, 1,
  ]);
  expect(
    await trial.rows(
      'SELECT number, base_kind, is_cross_repository FROM pull_request ORDER BY number',
    ),
  ).toEqual([
    [1, 'TRACKED', false],
    [2, 'PULL_REQUEST', false],
  ]);
});

it('read again unchanged changes no row', async () => {
  const stored = () => trial.rows('SELECT p.xmin, to_jsonb(p) FROM pull_request p ORDER BY number');
  const before = await stored();
  await trial.sync();
  expect(await stored()).toEqual(before);
});
