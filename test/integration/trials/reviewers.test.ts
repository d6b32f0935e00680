import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpFacts, readDirtyWeeks } from '../db/stored-rows.ts';
import { openTrialWorld, readTrial, type TrialWorld } from './trial-world.ts';

interface Answer {
  readonly team: {
    readonly pullRequests: {
      readonly nodes: readonly {
        readonly number: number;
        readonly firstReviewAt: string | null;
        readonly phases: { readonly pickupSeconds: number; readonly reviewSeconds: number };
      }[];
    };
    readonly weeklyMetrics: readonly unknown[];
  };
}

const QUERY = `{ team(slug: "world") {
  pullRequests(first: 10) { nodes { number firstReviewAt phases { pickupSeconds reviewSeconds } } }
  weeklyMetrics(from: "2026-11-16", to: "2026-11-23") {
    reviewsSubmitted pickupTime { value n } timeToFirstReview { value n }
  }
} }`;

let world: TrialWorld;

beforeAll(async () => {
  world = await openTrialWorld(await readTrial('reviewers'));
});

afterAll(() => world?.close());

describe('reviews of an imported repository', () => {
  it('end the pickup as those of people do, and count in both numbers', async () => {
    const { team } = await world.ask<Answer>(QUERY);
    const review = {
      firstReviewAt: '2026-11-16T11:00:00.000Z',
      phases: { pickupSeconds: 3600, reviewSeconds: 0 },
    };
    expect(team.pullRequests.nodes.toSorted((a, b) => a.number - b.number)).toEqual([
      { number: 1, ...review },
      { number: 2, ...review },
    ]);
    expect(team.weeklyMetrics).toEqual([
      {
        reviewsSubmitted: 2,
        pickupTime: { value: 3600, n: 2 },
        timeToFirstReview: { value: 3600, n: 2 },
      },
    ]);
  });

  it('read again unchanged change no row and mark no week', async () => {
    const before = await dumpFacts(world.scene.sql, world);
    const answered = await world.ask<Answer>(QUERY);
    await world.syncAgain();
    expect(await dumpFacts(world.scene.sql, world)).toEqual(before);
    expect(await readDirtyWeeks(world.scene.sql, world)).toEqual([]);
    expect(await world.ask<Answer>(QUERY)).toEqual(answered);
  });
});
