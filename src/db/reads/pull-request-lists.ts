import type { CheckRun, Comment, PullRequestEvent } from '../generated/prisma/client.ts';
import { CHECK_RUN_COLUMNS, COMMENT_COLUMNS, PULL_REQUEST_EVENT_COLUMNS } from './columns.ts';
import { defineList } from './lists.ts';

/** Comments of a pull request, oldest first. */
export const PULL_REQUEST_COMMENTS = defineList<Comment>({
  table: 'comment',
  columns: COMMENT_COLUMNS,
  parent: ['team_id', 'pull_request_id'],
  order: [
    { column: 'created_at', type: 'timestamptz' },
    // Ids of the two kinds of comments may be equal.
    { column: 'kind', type: 'text' },
    { column: 'github_id', type: 'bigint' },
  ],
  direction: 'ASC',
  cursorFields: ['createdAt', 'kind', 'githubId'],
});

/** Events of a pull request, oldest first. */
export const PULL_REQUEST_EVENTS = defineList<PullRequestEvent>({
  table: 'pull_request_event',
  columns: PULL_REQUEST_EVENT_COLUMNS,
  parent: ['team_id', 'pull_request_id'],
  order: [
    { column: 'occurred_at', type: 'timestamptz' },
    { column: 'event_id', type: 'text' },
  ],
  direction: 'ASC',
  cursorFields: ['occurredAt', 'eventId'],
});

/** Checks of a pull request's head commit, by name. */
export const PULL_REQUEST_CHECKS = defineList<CheckRun>({
  table: 'check_run',
  columns: CHECK_RUN_COLUMNS,
  parent: ['team_id', 'pull_request_id'],
  order: [
    { column: 'name', type: 'text' },
    { column: 'check_id', type: 'text' },
  ],
  direction: 'ASC',
  cursorFields: ['name', 'checkId'],
});
