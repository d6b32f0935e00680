import { storeStageDeadLetters } from '../../db/sync/stage-dead-letters.ts';
import {
  deleteMissingReleases,
  readOldestDraft,
  storeReleases,
} from '../../db/delivery/releases.ts';
import { advanceStage, openStage } from '../../db/sync/repository-stages.ts';
import { takeSteps } from '../stages/stage-steps.ts';
import type { StageContext, StageReader } from '../stages/sync-stage.ts';

const STAGE = 'RELEASES';

/**
 * Reads releases, newest first, back to what the last sync saw and to the oldest draft, which may be published by now.
 * What lies between two releases that a page shows and is not shown itself was deleted.
 */
export function createReadReleases(context: StageContext): StageReader {
  return (run) =>
    takeSteps(context, run, STAGE, async (planning) => {
      const stage = await openStage(planning, run, STAGE);
      if (stage === null) {
        return null;
      }
      const draft = await readOldestDraft(planning, run);
      const floor = draft !== null && draft < stage.from ? draft : stage.from;
      const { before, after } = parse(stage.cursor);
      return async (ask) => {
        const slot = await ask('graphql', (github) =>
          github.releases.fetchPage(run.repository, after),
        );
        if (!slot.ready) {
          return slot;
        }
        const { releases, rejected, nextCursor } = slot.answer;
        return {
          ready: true,
          answer: async (tx) => {
            // The newest of all is stored however old it is: the next sync sees by it that there is nothing new.
            const wanted = releases.filter(
              ({ createdAt }, index) =>
                createdAt >= floor || (stage.cursor === null && index === 0),
            );
            const isBeyond = releases.some(({ createdAt }) => createdAt < floor);
            const last = releases.at(-1)?.createdAt ?? null;
            const isLast = nextCursor === null || last === null || isBeyond;
            const to = isLast ? null : `${last.toISOString()} ${nextCursor}`;
            const newestSeenAt = releases[0]?.createdAt ?? null;
            if (!(await advanceStage(tx, run, STAGE, { from: stage.cursor, to, newestSeenAt }))) {
              return 'MORE';
            }
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
            return isLast ? 'DONE' : 'MORE';
          },
        };
      };
    });
}

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
