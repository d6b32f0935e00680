import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recomputePhases } from '../../../../src/db/rollups/pull-request-phases.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import type { ActorKind } from '../../../../src/domain/members/actor.ts';
import type { PullRequestFact, ReviewState } from '../../../../src/domain/pulls/github-facts.ts';
import {
  aCommit,
  anActor,
  aPullRequest,
  aReadyEvent,
  aReview,
  hoursAfter,
} from '../../../support/rows/facts.ts';
import { addTeam, openScene, type Scene } from '../scene.ts';
import { store } from '../stored-rows.ts';

const CREATED = new Date('2026-03-04T12:00:00Z');
const PEOPLE = (
  [
    ['ana', 'HUMAN'],
    ['bo', 'HUMAN'],
    ['renovate', 'BOT'],
  ] satisfies [string, ActorKind][]
).map(([login, kind]) => anActor({ login, kind }));

let scene: Scene;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

const PHASES = `SELECT xmin::text, id, ready_at, started_at, first_review_at, last_approval_at, coding_seconds,
  pickup_seconds, review_seconds, merge_wait_seconds, cycle_time_seconds FROM pull_request WHERE team_id = $1 ORDER BY id`;

async function readPhases(teamId: bigint): Promise<Record<string, unknown>[]> {
  return (await scene.sql.query<Record<string, unknown>>(PHASES, [teamId])).rows;
}

const instant = fc
  .integer({ min: -3_000_000, max: 3_000_000 })
  .map((ms) => new Date(CREATED.getTime() + ms));

const pullRequest: fc.Arbitrary<Partial<PullRequestFact>> = fc.record({
  author: fc.constantFrom(...PEOPLE),
  mergedAt: fc.option(instant, { nil: null }),
  events: fc.uniqueArray(instant.map(aReadyEvent), {
    maxLength: 2,
    selector: (one) => one.eventId,
  }),
  reviews: fc.uniqueArray(
    fc
      .record({
        author: fc.constantFrom(...PEOPLE),
        state: fc.constantFrom<ReviewState>('APPROVED', 'COMMENTED'),
        submittedAt: instant,
      })
      .map(aReview),
    { maxLength: 4, selector: (one) => one.githubId },
  ),
  commits: fc.uniqueArray(
    instant.map((authoredAt) => aCommit({ authoredAt })),
    { maxLength: 3, selector: (one) => one.sha },
  ),
});

it('phases that are computed from stored rows are those of the facts, and writing the same changes no row', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(pullRequest, { minLength: 1, maxLength: 4 }), async (given) => {
      teams += 1;
      const team = await addTeam(scene.sql, `team-${teams}`);
      const facts = given.map((one, index) => {
        const reviews = (one.reviews ?? []).map((review, reviewIndex) => ({
          ...review,
          githubId: BigInt(index * 10 + reviewIndex + 1),
        }));
        return aPullRequest({ ...one, number: index + 1, createdAt: CREATED, reviews });
      });
      await store(scene.db, team, facts);
      const before = await readPhases(team.teamId);
      const ids = before.map((row) => BigInt(String(row['id'])));
      await withTeam(scene.db, team.teamId, (tx) => recomputePhases(tx, team.teamId, ids));
      expect(await readPhases(team.teamId)).toEqual(before);
    }),
    { numRuns: 30, endOnFailure: true },
  );
});

it('phases follow the kinds that members have now', async () => {
  const team = await addTeam(scene.sql, 'kinds');
  const submittedAt = hoursAfter(CREATED, 2);
  const review = aReview({ author: anActor({ login: 'bo' }), submittedAt });
  await store(scene.db, team, [aPullRequest({ createdAt: CREATED, reviews: [review] })]);
  expect(await readPhases(team.teamId)).toMatchObject([{ first_review_at: submittedAt }]);
  await scene.sql.query(`UPDATE member SET kind = 'BOT' WHERE team_id = $1 AND login = 'bo'`, [
    team.teamId,
  ]);
  const [row] = await readPhases(team.teamId);
  await withTeam(scene.db, team.teamId, (tx) =>
    recomputePhases(tx, team.teamId, [BigInt(String(row?.['id']))]),
  );
  expect(await readPhases(team.teamId)).toMatchObject([{ first_review_at: null }]);
});
