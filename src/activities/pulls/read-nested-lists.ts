import {
  commitNestedPage,
  dropNestedLists,
  deadLetterNestedLists,
  readNestedLists,
  type OpenNestedList,
} from '../../db/sync/nested-lists.ts';
import { keepStoredChecks } from '../../db/sync/unreported-checks.ts';
import { finishStage } from '../../db/sync/repository-stages.ts';
import { dataRefusal } from '../../db/core/sql-state.ts';
import { countRequest } from '../../db/sync/sync-runs.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import type { GitHub } from '../../github/client.ts';
import type { NestedAnswer } from '../../github/pulls/nested-lists.ts';
import type { GitHubContext, WithQuota } from '../requests/request-slot.ts';
import type { StageReader, StageRun } from '../stages/sync-stage.ts';

/** Requests of one run of the activity. */
const MAX_REQUESTS = 10;

/** Lists of one request: a hundred entries each, and still one point. */
const LISTS_PER_REQUEST = 20;

const TOO_HEAVY = {
  code: 'TOO_HEAVY',
  text: 'GitHub could not answer for a page of one of its lists in time, even alone.',
};

/** What a request asked for; known also when it failed. */
interface AskedLists {
  lists: readonly OpenNestedList[];
}

/** Enough of the reason to find the value. */
const MAX_REASON_CHARACTERS = 500;

/**
 * Continues the nested lists that were longer than the page they came with, up to ten requests at a time; each page of
 * rows is committed with its cursor. Lists that GitHub cannot answer, or that cannot be stored, are dead-lettered;
 * checks that the credential may not read end as they are stored, as where they come with their pull request.
 */
export const continueNestedLists: StageReader = async (context, run) => {
  const { db } = context;
  let size = LISTS_PER_REQUEST;
  for (let requests = 0; requests < MAX_REQUESTS; requests += 1) {
    const left = await withTeam(db, run.teamId, (tx) => readNestedLists(tx, run, 1));
    if (left.length === 0) {
      await withTeam(db, run.teamId, (tx) => finishStage(tx, run, 'NESTED_LISTS'));
      return { next: 'DONE' };
    }
    const asked: AskedLists = { lists: [] };
    try {
      const { answers } = await fetchPages(context, run, size, asked);
      for (const [index, answer] of answers.entries()) {
        const list = asked.lists[index];
        if (list !== undefined) {
          await commit(context, run, list, answer);
        }
      }
    } catch (error) {
      const [first, ...others] = asked.lists;
      if (!(error instanceof GitHubFailure) || !error.isTooHeavy || first === undefined) {
        throw error;
      }
      await withTeam(db, run.teamId, (tx) => countRequest(tx, run, 0));
      size = Math.ceil(asked.lists.length / 2);
      if (others.length === 0) {
        await probe(context, run);
        await deadLetter(context, run, first, TOO_HEAVY);
      }
    }
  }
  return { next: 'MORE' };
};

/** Fetches the next page of as many lists as one request asks for. */
function fetchPages(
  context: GitHubContext,
  run: StageRun,
  size: number,
  asked: AskedLists,
): ReturnType<GitHub['fetchNestedPages']> {
  return context.withRequestSlot({ ...run.scope, resource: 'graphql' }, async (github) => {
    // Read within the slot: while this sync waited, another one of the repository may have continued them.
    const lists = await withTeam(context.db, run.teamId, (tx) => readNestedLists(tx, run, size));
    asked.lists = lists;
    if (lists.length === 0) {
      return { answers: [], quota: null };
    }
    await context.onFailpoint?.('before-fetch');
    const answer = await github.fetchNestedPages(run.repository, lists);
    await context.onFailpoint?.('after-fetch');
    await withTeam(context.db, run.teamId, (tx) => countRequest(tx, run, answer.quota?.cost ?? 0));
    return answer;
  });
}

/** Finds out whether GitHub answers at all: what it does not answer then is too heavy. */
function probe(context: GitHubContext, run: StageRun): Promise<WithQuota> {
  return context.withRequestSlot({ ...run.scope, resource: 'graphql' }, async (github) => {
    const answer = await github.lookUpRepository(run.repository);
    await withTeam(context.db, run.teamId, (tx) => countRequest(tx, run, answer.quota?.cost ?? 0));
    return answer;
  });
}

function deadLetter(
  context: GitHubContext,
  run: StageRun,
  list: OpenNestedList,
  reason: { readonly code: string; readonly text: string },
): Promise<void> {
  return withTeam(context.db, run.teamId, (tx) =>
    deadLetterNestedLists(tx, run, list.number, reason),
  );
}

/** Commits one page of a list with its cursor; what PostgreSQL refuses is dead-lettered. */
async function commit(
  context: GitHubContext,
  run: StageRun,
  list: OpenNestedList,
  answer: NestedAnswer,
): Promise<void> {
  if (answer.kind === 'GONE') {
    await withTeam(context.db, run.teamId, (tx) => dropNestedLists(tx, run, list));
    return;
  }
  if (answer.kind === 'UNREADABLE') {
    await deadLetter(context, run, list, { code: 'UNREADABLE', text: answer.reason });
    return;
  }
  context.logUnknownWords(answer.page.facts.gaps);
  try {
    await withTeam(context.db, run.teamId, async (tx) => {
      if (answer.kind === 'NOT_TOLD') {
        await keepStoredChecks(tx, run.teamId, list);
      }
      await commitNestedPage(tx, { ...run, list, page: answer.page });
      await context.onFailpoint?.('before-commit');
    });
    run.onProgress();
    await context.onFailpoint?.('after-commit');
  } catch (error) {
    const refusal = dataRefusal(error);
    if (refusal === null) {
      throw error;
    }
    const text = `PostgreSQL refuses it: ${refusal}`.slice(0, MAX_REASON_CHARACTERS);
    await deadLetter(context, run, list, { code: 'REFUSED', text });
  }
}
