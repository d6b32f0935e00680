import type { BaseKind } from '../../../db/pulls/base-kinds.ts';
import { DEPLOYMENT_PULL_REQUESTS } from '../../../db/reads/delivery-lists.ts';
import { REPOSITORY_PULL_REQUESTS, TEAM_PULL_REQUESTS } from '../../../db/reads/lists.ts';
import { toConditions, type PullRequestFilter } from '../../../db/reads/pull-request-filter.ts';
import { MAX_LABELS, readLabels } from '../../../db/reads/pull-request-labels.ts';
import { readBodies } from '../../../db/reads/pull-request-signals.ts';
import { cleanText } from '../../../domain/core/clean-text.ts';
import { anomalyOf, type PullRequestAnomaly as Anomaly } from '../../../domain/pulls/anomaly.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { defineConnection, loadPage, PAGE_COST, pageArguments } from '../../core/connection.ts';
import { defineEnum } from '../../core/enums.ts';
import { invalidInput } from '../../core/errors.ts';
import { costs, LONG_TEXT } from '../../core/field-cost.ts';
import { readRowId } from '../../core/global-id.ts';
import { relatedRow, relatedRowOrNull } from '../../core/load-row.ts';
import { TEAM_NODE } from '../../core/node.ts';

const PullRequestState = defineEnum('PullRequestState', 'State of a pull request.', {
  OPEN: 'Open.',
  CLOSED: 'Closed without a merge.',
  MERGED: 'Merged.',
});

const PullRequestAnomaly = defineEnum<Anomaly>(
  'PullRequestAnomaly',
  'What contradicts itself in the times of a pull request: a wrong clock, or an import.',
  {
    MERGED_BEFORE_CREATED: 'It was merged before it was created.',
    REVIEWED_BEFORE_CREATED: 'It was reviewed before it was created.',
    CLOSED_BEFORE_CREATED: 'It was closed before it was created.',
  },
);

const BaseBranchKind = defineEnum<BaseKind>(
  'BaseBranchKind',
  'Whether a merge into a branch counts.',
  {
    TRACKED: 'It counts.',
    PULL_REQUEST:
      'It does not: the branch is the head of another pull request of the repository, which brings the changes along. Branches that live on count: the default branch, also a former one, those that are called main, develop, release/1 or the like, and those that were merged into the same branch more than once.',
    UNTRACKED: 'It does not: the team or the repository tracks other branches.',
  },
);

const PHASES = [
  'codingSeconds',
  'pickupSeconds',
  'reviewSeconds',
  'mergeWaitSeconds',
  'cycleTimeSeconds',
] as const;

type Phases = Readonly<Record<(typeof PHASES)[number], bigint>>;

const PullRequestPhases = builder.objectRef<Phases>('PullRequestPhases').implement({
  description:
    'How long each phase of a merged pull request took, in whole seconds. The four phases add up to the cycle time.',
  fields: (t) => {
    // Of what wrong clocks say, the years 1970 to 2100 leave more seconds than an Int holds.
    const seconds = (phase: keyof Phases, description: string) =>
      t.float({ description, resolve: (phases) => Number(phases[phase]) });
    return {
      codingSeconds: seconds('codingSeconds', 'From the first commit to ready for review.'),
      pickupSeconds: seconds(
        'pickupSeconds',
        'From ready for review to the first review, or to the merge when there was none.',
      ),
      reviewSeconds: seconds(
        'reviewSeconds',
        'From the first review to the last approval, or to the merge when there was no approval.',
      ),
      mergeWaitSeconds: seconds(
        'mergeWaitSeconds',
        'From the last approval to the merge; 0 when there was no approval.',
      ),
      cycleTimeSeconds: seconds('cycleTimeSeconds', 'From the first commit to the merge.'),
    };
  },
});

/** All phases of a pull request are known, or none: the database holds it. */
function hasPhases<Row extends Readonly<Record<keyof Phases, bigint | null>>>(
  row: Row,
): row is Row & Phases {
  return PHASES.every((phase) => row[phase] !== null);
}

const UNKNOWN_SIZE = 'null when the source does not say.';

const PullRequest = builder.prismaNode('PullRequest', {
  ...TEAM_NODE,
  description: 'A pull request.',
  fields: (t) => ({
    ...exposeColumns(t, 'PullRequest', {
      number: 'Number within its repository.',
      title: 'Title.',
      url: 'URL on GitHub.',
      state: { type: PullRequestState, description: 'Whether it is open, closed or merged.' },
      isDraft: 'Whether this is a draft.',
      isRevert:
        'Whether it says in form that it is a revert: by the head of its title (Revert "…", revert: …, [Revert], Back out …), or by a line of its body (Reverts owner/name#12).',
      isHotfix:
        'Whether it is a hotfix by the head of its title (hotfix: …, [Hotfix]), its branch (hotfix/…) or a label.',
      baseBranch: 'Branch that it is merged into.',
      baseKind: {
        type: BaseBranchKind,
        description: 'Whether a merge into its base branch counts in weekly metrics.',
      },
      isCrossRepository:
        'Whether its head branch is one of a fork; null when it was read before this was asked for.',
      headBranch: 'Branch that contains the changes.',
      additions: `Lines added; ${UNKNOWN_SIZE}`,
      deletions: `Lines deleted; ${UNKNOWN_SIZE}`,
      changedFiles: `Number of files changed; ${UNKNOWN_SIZE}`,
      commentCount: `Number of comments of all kinds, as counted by GitHub; ${UNKNOWN_SIZE}`,
      createdAt: 'When it was opened.',
      readyAt: 'When it became ready for review; null for a draft that was not merged.',
      startedAt:
        'When work began: at the first commit, as the metric codingTime defines it; when it was ready for review, where there was none before.',
      firstReviewAt:
        'When somebody other than the author, a bot or an AI agent first reviewed it; null when nobody did.',
      lastApprovalAt: 'When it was last approved before the merge; null when it was not.',
      mergedAt: 'When it was merged; null when it was not.',
      closedAt: 'When it was closed or merged; null while it is open.',
      updatedAt: 'When it last changed on GitHub.',
      syncedAt: 'When the stored data last changed.',
      deletedAt:
        'When it was found to be deleted on GitHub; null while it exists. Lists do not contain deleted pull requests.',
    }),
    body: t.string({
      ...costs(LONG_TEXT),
      nullable: true,
      description: 'Description in Markdown; null when there is none.',
      resolve: ({ teamId, id }, _args, context) => context.reads.load(readBodies, { teamId, id }),
    }),
    isComplete: t.exposeBoolean('complete', {
      description:
        'Whether all reviews, comments, commits and files are stored. Only complete pull requests are counted in metrics.',
    }),
    anomaly: t.field({
      type: PullRequestAnomaly,
      nullable: true,
      description:
        'Why a phase is negative; null when none is. Such a pull request is counted, and excluded from means.',
      resolve: anomalyOf,
    }),
    phases: t.field({
      type: PullRequestPhases,
      nullable: true,
      description: 'How long each phase took; null when it is not merged.',
      resolve: (row) => (hasPhases(row) ? row : null),
    }),
    author: t.relation('author', {
      description: 'The member who opened it.',
      resolve: relatedRow('Member', 'authorId'),
    }),
    mergedBy: t.relation('mergedBy', {
      nullable: true,
      description:
        'The member who merged it; null when it is not merged, or when the source does not say.',
      resolve: relatedRowOrNull('Member', 'mergedById'),
    }),
    repository: t.relation('repository', {
      description: 'The repository that it belongs to.',
      resolve: relatedRow('Repository', 'repositoryId'),
    }),
    labels: t.stringList({
      ...costs({ size: MAX_LABELS }),
      description: `Labels in alphabetical order, up to ${MAX_LABELS}.`,
      resolve: ({ teamId, id }, _args, context) => context.reads.load(readLabels, { teamId, id }),
    }),
  }),
});

const PullRequestConnection = defineConnection(PullRequest, 'PullRequest', 'pull requests');

const PullRequestFilterInput = builder.inputType('PullRequestFilterInput', {
  description:
    'Which pull requests to list. All given conditions must hold; ranges include their start but not their end.',
  fields: (t) => ({
    state: t.field({ type: PullRequestState, description: 'Only pull requests in this state.' }),
    repositoryId: t.id({ description: 'Only pull requests of this repository.' }),
    authorId: t.id({ description: 'Only pull requests by this author.' }),
    baseBranch: t.string({
      description: 'Only pull requests into this branch; an asterisk stands for any characters.',
    }),
    baseKind: t.field({
      type: BaseBranchKind,
      description: 'Only pull requests into branches of this kind: TRACKED are those that count.',
    }),
    createdFrom: t.field({ type: 'DateTime', description: 'Opened at or after this time.' }),
    createdTo: t.field({ type: 'DateTime', description: 'Opened before this time.' }),
    mergedFrom: t.field({ type: 'DateTime', description: 'Merged at or after this time.' }),
    mergedTo: t.field({ type: 'DateTime', description: 'Merged before this time.' }),
  }),
});

function toFilter({
  repositoryId,
  authorId,
  ...filter
}: typeof PullRequestFilterInput.$inferInput): PullRequestFilter {
  const { baseBranch } = filter;
  if (baseBranch != null && cleanText(baseBranch).text !== baseBranch) {
    throw invalidInput('baseBranch holds characters that no branch is named with: leave them out.');
  }
  return {
    ...filter,
    ...(repositoryId != null && { repository: readRowId(repositoryId, 'Repository') }),
    ...(authorId != null && { author: readRowId(authorId, 'Member') }),
  };
}

const filteredPage = builder.args((t) => ({
  filter: t.field({
    type: PullRequestFilterInput,
    description: 'Which pull requests to list; all when absent.',
  }),
}));

builder.prismaObjectField('Team', 'pullRequests', (t) =>
  t.field({
    ...PAGE_COST,
    type: PullRequestConnection,
    description: 'Pull requests of the team, newest first.',
    args: { ...pageArguments, ...filteredPage },
    resolve: (team, args, context) =>
      loadPage(
        context,
        TEAM_PULL_REQUESTS,
        [team.id],
        args,
        toConditions(toFilter(args.filter ?? {})),
      ),
  }),
);

builder.prismaObjectField('Repository', 'pullRequests', (t) =>
  t.field({
    ...PAGE_COST,
    type: PullRequestConnection,
    description: 'Pull requests of the repository, highest number first.',
    args: { ...pageArguments, ...filteredPage },
    resolve: ({ teamId, id }, args, context) => {
      const conditions = toConditions(toFilter(args.filter ?? {}));
      return loadPage(context, REPOSITORY_PULL_REQUESTS, [teamId, id], args, conditions);
    },
  }),
);

builder.prismaObjectField('Deployment', 'pullRequests', (t) =>
  t.field({
    ...PAGE_COST,
    type: PullRequestConnection,
    description:
      'Pull requests that it deployed, highest number first. Empty while its commits are not known.',
    args: pageArguments,
    resolve: ({ teamId, githubId }, args, context) =>
      loadPage(context, DEPLOYMENT_PULL_REQUESTS, [teamId, githubId], args),
  }),
);
