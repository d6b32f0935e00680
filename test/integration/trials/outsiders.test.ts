import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOverview } from '../../../src/cli/start/overview.ts';
import type { FollowedBackfill } from '../../../src/cli/sync/backfill-progress.ts';
import { textOf } from '../../../src/domain/core/graphql-document.ts';
import { openTrialWorld, readTrial, type TrialWorld } from './trial-world.ts';

interface Answer {
  readonly team: { readonly weeklyMetrics: readonly unknown[] };
}

const query = (args = ''): string => `{ team(slug: "world") {
  weeklyMetrics(from: "2026-11-16", to: "2026-11-23"${args}) {
    pullRequestsMerged reviewsSubmitted
    cycleTime { value n reason excluded { reason n } }
    excluded { reason members pullRequestsMerged reviewsSubmitted }
  }
} }`;

/** It is shown beside the weeks, and nothing of it is read for them. */
const JOB = {} as FollowedBackfill;

const CYCLE_SECONDS = 3 * 24 * 3600;

let world: TrialWorld;

beforeAll(async () => {
  world = await openTrialWorld(await readTrial('outsiders'));
});

afterAll(() => world?.close());

async function externals(): Promise<unknown[][]> {
  return world.rows('SELECT login, is_external FROM member ORDER BY login');
}

describe('somebody whose membership is private', () => {
  it('counts, although GitHub calls them a contributor', async () => {
    expect(await externals()).toEqual([
      ['ann-k', true],
      ['ben-k', false],
    ]);
    const { team } = await world.ask<Answer>(query());
    expect(team.weeklyMetrics).toEqual([
      {
        pullRequestsMerged: 3,
        reviewsSubmitted: 3,
        cycleTime: { value: CYCLE_SECONDS, n: 3, reason: null, excluded: [] },
        excluded: [],
      },
    ]);
  });

  it('is told to be left out, and how much of their work, where the team is narrowed', async () => {
    const { team } = await world.ask<Answer>(query(', includeExternal: false'));
    expect(team.weeklyMetrics).toEqual([
      {
        pullRequestsMerged: 0,
        reviewsSubmitted: 3,
        cycleTime: {
          value: null,
          n: 0,
          reason: 'EXCLUDED',
          excluded: [{ reason: 'EXTERNAL', n: 3 }],
        },
        excluded: [{ reason: 'EXTERNAL', members: 1, pullRequestsMerged: 3, reviewsSubmitted: 0 }],
      },
    ]);
  });

  it('stands in the table of a start as the API gives it', async () => {
    const { weeks } = await readOverview(
      {
        query: (document, variables) =>
          world.ask(textOf(document), variables as Readonly<Record<string, unknown>>),
      },
      { teamSlug: 'world', job: JOB },
    );
    expect(weeks.find(({ weekStart }) => weekStart === '2026-11-16')?.metrics).toMatchObject({
      pullRequestsMerged: 3,
      cycleTime: { value: CYCLE_SECONDS, n: 3 },
    });
  });

  it('is one of the team once an admin says so, and after the next sync, too', async () => {
    const { team } = await world.ask<{
      team: { members: { nodes: { id: string; login: string; isExternal: boolean }[] } };
    }>('{ team(slug: "world") { members(first: 10) { nodes { id login isExternal } } } }');
    const ann = team.members.nodes.find(({ login }) => login === 'ann-k');
    expect(ann?.isExternal).toBe(true);
    await world.ask(
      `mutation ($input: SetMemberExternalInput!) { setMemberExternal(input: $input) { __typename } }`,
      { input: { member: ann?.id, isExternal: false } },
    );
    const narrow = () => world.ask<Answer>(query(', includeExternal: false'));
    const isIn = { pullRequestsMerged: 3, excluded: [] };
    expect((await narrow()).team.weeklyMetrics).toMatchObject([isIn]);
    await world.syncAgain();
    expect((await narrow()).team.weeklyMetrics).toMatchObject([isIn]);
    // GitHub's own word is kept beside it.
    expect(await externals()).toContainEqual(['ann-k', true]);
  });
});
