import { parkOfStage } from '../../db/sync/stage-dead-letters.ts';
import {
  deleteMissingReleases,
  readOldestDraft,
  storeReleases,
} from '../../db/delivery/releases.ts';
import { moveWalk, openWalk } from '../../db/sync/repository-walks.ts';
import { takeSteps } from '../stages/stage-steps.ts';
import type { StageContext, StageReader } from '../stages/sync-stage.ts';

const STAGE = 'RELEASES';

/**
 * Reads releases, newest first, back to what the last walk saw and to the oldest draft, which may be published by now.
 * What lies between two releases that a page shows and is not shown itself was deleted.
 */
export function createReadReleases(context: StageContext): StageReader {
  return (run) =>
    takeSteps(context, run, STAGE, async (planning) => {
      const walk = await openWalk(planning, run, STAGE);
      if (walk === null) {
        return null;
      }
      const draft = await readOldestDraft(planning, run);
      const floor = draft !== null && draft < walk.from ? draft : walk.from;
      const { before, after } = parse(walk.cursor);
      return async (ask) => {
        const turn = await ask('graphql', (github) =>
          github.releases.fetchPage(run.repository, after),
        );
        if (!turn.ready) {
          return turn;
        }
        const { releases, rejected, nextCursor } = turn.answer;
        return {
          ready: true,
          answer: async (tx) => {
            // The newest of all is stored however old it is: the next walk sees by it that there is nothing new.
            const wanted = releases.filter(
              ({ createdAt }, place) => createdAt >= floor || (walk.cursor === null && place === 0),
            );
            const isBeyond = releases.some(({ createdAt }) => createdAt < floor);
            const last = releases.at(-1)?.createdAt ?? null;
            const isLast = nextCursor === null || last === null || isBeyond;
            const to = isLast ? null : `${last.toISOString()} ${nextCursor}`;
            const newestSeenAt = releases[0]?.createdAt ?? null;
            if (!(await moveWalk(tx, run, STAGE, { from: walk.cursor, to, newestSeenAt }))) {
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
            await parkOfStage(tx, { ...run, stage: STAGE, rejected, readable });
            return isLast ? 'DONE' : 'MORE';
          },
        };
      };
    });
}

/** The place of the walk: when the last release of the page before was created, and GitHub's cursor behind it. */
function parse(cursor: string | null): {
  readonly before: Date | null;
  readonly after: string | null;
} {
  const space = cursor?.indexOf(' ') ?? -1;
  return cursor === null || space < 0
    ? { before: null, after: null }
    : { before: new Date(cursor.slice(0, space)), after: cursor.slice(space + 1) };
}
