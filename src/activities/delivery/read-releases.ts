import { storeStageDeadLetters } from '../../db/sync/stage-dead-letters.ts';
import {
  deleteMissingReleases,
  readOldestDraft,
  storeReleases,
  type ShownReleases,
} from '../../db/delivery/releases.ts';
import type { ReleaseFact } from '../../domain/delivery/delivery-facts.ts';
import { growStagePage } from '../../db/sync/stage-page-size.ts';
import { LARGEST_RELEASE_PAGE, RELEASE_DETAILS } from '../../github/delivery/releases.ts';
import { askStagePage, planStagePages } from '../stages/stage-pages.ts';
import { takeSteps } from '../stages/stage-steps.ts';
import type { StageReader } from '../stages/sync-stage.ts';
import { takeNewest } from './newest-first.ts';

const STAGE = 'RELEASES';

/**
 * Reads releases, newest first, back to what the last sync saw and to the oldest draft, which may be published by now.
 * What lies between two releases that a page shows and is not shown itself was deleted; beside one that cannot be read
 * nothing is known to be.
 */
export const readReleases: StageReader = (context, run) =>
  takeSteps(context, run, STAGE, async (planning, stage) => {
    const draft = await readOldestDraft(planning, run);
    const position = parse(stage.cursor);
    const pages = await planStagePages(planning, run, STAGE, LARGEST_RELEASE_PAGE);
    return async (ask) => {
      const { answer, size } = await askStagePage(
        context,
        run,
        { ...pages, details: RELEASE_DETAILS },
        (first, detail) =>
          ask('graphql', (github) =>
            github.releases.fetchPage({
              repository: run.repository,
              first,
              after: position.after,
              detail,
            }),
          ),
      );
      const { releases, rejected, nextCursor } = answer;
      const { wanted, isBeyond, newestSeenAt } = takeNewest(releases, stage, draft);
      const isLast = nextCursor === null || isBeyond;
      const last = releases.at(-1)?.createdAt ?? null;
      return {
        to: isLast ? null : `${boundaryAfter(position, last, rejected.length > 0)} ${nextCursor}`,
        newestSeenAt,
        isLast,
        async store(tx) {
          if (nextCursor !== null) {
            await growStagePage(tx, run, pages, size);
          }
          await storeReleases(tx, run, wanted, context.now());
          const shown = shownBy(position, releases, nextCursor === null);
          if (rejected.length === 0 && shown !== null) {
            await deleteMissingReleases(tx, run, shown);
          }
          const readable = wanted.map(({ githubId }) => githubId);
          await storeStageDeadLetters(tx, { ...run, stage: STAGE, rejected, readable });
        },
      };
    };
  });

/** Stands in a cursor for the boundary before the first release: the list is read from now on. */
const NOW = 'now';

/** Stands in a cursor for a boundary that nobody knows: the page before could not be read whole. */
const UNKNOWN = 'unknown';

interface Position {
  /** When the last release before the page was created, or NOW or UNKNOWN. */
  readonly boundary: string;
  /** GitHub's cursor; null for the first page. */
  readonly after: string | null;
}

/** Reads the stage's cursor: the boundary, and GitHub's cursor behind it. */
function parse(cursor: string | null): Position {
  const space = cursor?.indexOf(' ') ?? -1;
  return cursor === null || space < 0
    ? { boundary: NOW, after: null }
    : { boundary: cursor.slice(0, space), after: cursor.slice(space + 1) };
}

/** Boundary of the page that follows; one that shows no release moves none. */
function boundaryAfter(position: Position, last: Date | null, hasRejected: boolean): string {
  if (hasRejected) {
    return UNKNOWN;
  }
  return last?.toISOString() ?? position.boundary;
}

/**
 * Which part of the list a page showed, all of whose releases could be read; null where it shows none and is not the
 * last, or where nobody knows where it begins.
 */
function shownBy(
  { boundary }: Position,
  releases: readonly ReleaseFact[],
  isEnd: boolean,
): ShownReleases | null {
  const [first, last] = [releases[0]?.createdAt, releases.at(-1)?.createdAt];
  if ((last === undefined && !isEnd) || (first === undefined && boundary === UNKNOWN)) {
    return null;
  }
  const known = boundary === NOW ? null : new Date(boundary);
  return {
    before: boundary === UNKNOWN ? (first ?? null) : known,
    after: isEnd ? null : (last ?? null),
    githubIds: releases.map(({ githubId }) => githubId),
  };
}
