import { storeStageDeadLetters } from '../../db/sync/stage-dead-letters.ts';
import {
  deleteMissingReleases,
  readOldestDraft,
  storeReleases,
} from '../../db/delivery/releases.ts';
import { takeSteps } from '../stages/stage-steps.ts';
import type { StageReader } from '../stages/sync-stage.ts';
import { takeNewest } from './newest-first.ts';

const STAGE = 'RELEASES';

/**
 * Reads releases, newest first, back to what the last sync saw and to the oldest draft, which may be published by now.
 * What lies between two releases that a page shows and is not shown itself was deleted.
 */
export const readReleases: StageReader = (context, run) =>
  takeSteps(context, run, STAGE, async (planning, stage) => {
    const draft = await readOldestDraft(planning, run);
    const { before, after } = parse(stage.cursor);
    return async (ask) => {
      const { answer } = await ask('graphql', (github) =>
        github.releases.fetchPage(run.repository, after),
      );
      const { releases, rejected, nextCursor } = answer;
      const { wanted, isBeyond, newestSeenAt } = takeNewest(releases, stage, draft);
      const last = releases.at(-1)?.createdAt ?? null;
      const isLast = nextCursor === null || last === null || isBeyond;
      return {
        to: isLast ? null : `${last.toISOString()} ${nextCursor}`,
        newestSeenAt,
        isLast,
        async store(tx) {
          await storeReleases(tx, run, wanted, context.now());
          if (rejected.length === 0) {
            const shown = {
              before,
              after: nextCursor === null ? null : last,
              githubIds: releases.map(({ githubId }) => githubId),
            };
            await deleteMissingReleases(tx, run, shown);
          }
          const readable = wanted.map(({ githubId }) => githubId);
          await storeStageDeadLetters(tx, { ...run, stage: STAGE, rejected, readable });
        },
      };
    };
  });

/** Reads the stage's cursor: when the last release of the page before was created, and GitHub's cursor behind it. */
function parse(cursor: string | null): {
  readonly before: Date | null;
  readonly after: string | null;
} {
  const space = cursor?.indexOf(' ') ?? -1;
  return cursor === null || space < 0
    ? { before: null, after: null }
    : { before: new Date(cursor.slice(0, space)), after: cursor.slice(space + 1) };
}
