import {
  REPOSITORY_DEAD_LETTERS,
  SYNC_RUN_DEAD_LETTERS,
  TEAM_DEAD_LETTERS,
  type DeadLetterRow,
} from '../../../db/reads/dead-letters.ts';
import { builder } from '../../core/builder.ts';
import { addPages, defineConnection } from '../../core/connection.ts';
import { defineEnum } from '../../core/enums.ts';
import { relatedRow } from '../../core/load-row.ts';

/** What a dead letter is of, by its name in the database. */
const ENTITIES = {
  pull_request: 'PULL_REQUEST',
  nested_lists: 'NESTED_LISTS',
  review_comments: 'REVIEW_COMMENTS',
  check_runs: 'CHECK_RUNS',
  deployments: 'DEPLOYMENTS',
  deployment_ranges: 'DEPLOYMENT_RANGES',
  releases: 'RELEASES',
} as const;

const Entity = defineEnum<(typeof ENTITIES)[keyof typeof ENTITIES]>(
  'DeadLetterEntity',
  'What could not be stored.',
  {
    PULL_REQUEST: 'A pull request, or what GitHub answered in place of one.',
    NESTED_LISTS: 'The long lists of a pull request.',
    REVIEW_COMMENTS: 'A comment on a line of code.',
    CHECK_RUNS: 'The checks of a pull request.',
    DEPLOYMENTS: 'A deployment.',
    DEPLOYMENT_RANGES: 'The commits of a deployment.',
    RELEASES: 'A release.',
  },
);

/** Entities whose key is the number of a pull request. */
const NUMBERED: ReadonlySet<string> = new Set(['pull_request', 'nested_lists', 'check_runs']);

const DeadLetter = builder.objectRef<DeadLetterRow>('DeadLetter').implement({
  description:
    'Something that GitHub has and that could not be read or stored. It is listed until it is stored or gone.',
  fields: (t) => ({
    entity: t.field({
      type: Entity,
      description: 'What it is.',
      resolve: ({ entity }) => ENTITIES[entity as keyof typeof ENTITIES],
    }),
    number: t.int({
      nullable: true,
      description:
        'Number of the pull request; null for everything else, and where GitHub did not say it.',
      resolve: ({ entity, naturalKey }) =>
        NUMBERED.has(entity) && /^\d{1,9}$/.test(naturalKey) ? Number(naturalKey) : null,
    }),
    key: t.exposeString('naturalKey', {
      description:
        'What GitHub calls it: its number or id; permission for a whole stage that the credential may not read, unknown where GitHub did not say it, heads for the newest deployment and release, month:2026-02 for a month whose pull requests it does not list.',
    }),
    reasonCode: t.exposeString('reasonCode', { description: 'Stable code of the reason.' }),
    reason: t.exposeString('reason', { description: 'Why it could not be stored the last time.' }),
    attempts: t.exposeInt('attempts', { description: 'How often it could not be stored.' }),
    since: t.expose('firstSeenAt', {
      type: 'DateTime',
      description: 'Since when it could not be stored.',
    }),
    lastTriedAt: t.expose('lastSeenAt', {
      type: 'DateTime',
      description: 'When it was tried last.',
    }),
    nextTryAt: t.expose('nextTryAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'Time from which on the next sync of the repository tries it again; null when no sync does so unasked, see retryDeadLetters.',
    }),
    repository: t.prismaField({
      type: 'Repository',
      description: 'The repository that it belongs to.',
      resolve: relatedRow('Repository', 'repositoryId'),
    }),
  }),
});

const DeadLetterConnection = defineConnection(DeadLetter, 'DeadLetter', 'dead letters');

addPages('SyncRun', 'deadLetters', {
  connection: DeadLetterConnection,
  list: SYNC_RUN_DEAD_LETTERS,
  description:
    'What this run was the first to be unable to store, and why it is PARTIAL; for a job, of all its repositories. What is resolved meanwhile is left out.',
});

addPages('Repository', 'deadLetters', {
  connection: DeadLetterConnection,
  list: REPOSITORY_DEAD_LETTERS,
  description: 'What could not be stored of the repository and is not resolved.',
});

addPages('Team', 'deadLetters', {
  connection: DeadLetterConnection,
  list: TEAM_DEAD_LETTERS,
  description: 'What could not be stored of its repositories and is not resolved, by repository.',
});
