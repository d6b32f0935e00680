import type { CheckData, Instant, RepositoryData } from '../../core/github-data.ts';
import { bareCommitNode, repositoryNode, toDatabaseId } from './graphql-nodes.ts';
import type { PullRequestNode } from './graphql-nodes.ts';
import type { Fields } from './graphql-scope.ts';
import { paginateInOrder } from './keyset.ts';
import { toNodeId } from './node-ids.ts';

/** A check as it stood at one moment: what came later is not there yet. */
interface CheckNode {
  readonly __typename: 'CheckRun' | 'StatusContext';
  readonly repository: RepositoryData;
  readonly check: CheckData;
  readonly completedAt: Instant | null;
  /** Null while it runs. */
  readonly conclusion: string | null;
}

interface RollupNode {
  readonly __typename: 'StatusCheckRollup';
  readonly repository: RepositoryData;
  readonly headOid: string;
  readonly at: Instant;
  readonly checks: readonly CheckNode[];
}

interface SuiteNode {
  readonly __typename: 'CheckSuite';
  readonly run: CheckNode;
}

/** Conclusions that let a commit pass. */
const GOOD: ReadonlySet<string> = new Set(['SUCCESS', 'NEUTRAL', 'SKIPPED']);

/** What the checks of a commit say together; null when it has none, as on GitHub. */
export function rollupNode(
  { repository, view }: PullRequestNode,
  headOid: string,
  at: Instant,
): RollupNode | null {
  const begun = (view.data.checks ?? []).filter(
    (check) => check.headOid === headOid && check.startedAt <= at,
  );
  const checks = begun.map((check): CheckNode => {
    const isDone = check.completedAt !== null && check.completedAt <= at;
    return {
      __typename: check.app === null ? 'StatusContext' : 'CheckRun',
      repository,
      check,
      completedAt: isDone ? check.completedAt : null,
      conclusion: isDone ? (check.conclusion ?? 'NEUTRAL') : null,
    };
  });
  return checks.length === 0
    ? null
    : { __typename: 'StatusCheckRollup', repository, headOid, at, checks };
}

function stateOf(checks: readonly CheckNode[]): string {
  const conclusions = checks.map((node) => node.conclusion);
  if (conclusions.includes('ERROR')) return 'ERROR';
  if (conclusions.some((one) => one !== null && !GOOD.has(one))) return 'FAILURE';
  return conclusions.includes(null) ? 'PENDING' : 'SUCCESS';
}

const rollupFields: Fields<RollupNode> = {
  id: ({ repository, headOid }) => toNodeId('StatusCheckRollup', repository.databaseId, headOid),
  state: ({ checks }) => stateOf(checks),
  commit: ({ repository, headOid, at }) => bareCommitNode(repository, headOid, at),
  contexts: ({ checks }, args) => ({
    ...paginateInOrder(checks, args),
    checkRunCount: checks.filter((node) => node.__typename === 'CheckRun').length,
    statusContextCount: checks.filter((node) => node.__typename === 'StatusContext').length,
  }),
};

const runFields: Fields<CheckNode> = {
  id: ({ repository, check }) => toNodeId('CheckRun', repository.databaseId, check.databaseId),
  databaseId: ({ check }) => toDatabaseId(check.databaseId),
  name: ({ check }) => check.name,
  status: ({ conclusion }) => (conclusion === null ? 'IN_PROGRESS' : 'COMPLETED'),
  conclusion: ({ conclusion }) => conclusion,
  startedAt: ({ check }) => check.startedAt,
  completedAt: ({ completedAt }) => completedAt,
  url: ({ repository, check }) => `${repository.url}/runs/${check.databaseId}`,
  permalink: ({ repository, check }) => `${repository.url}/runs/${check.databaseId}`,
  repository: ({ repository }) => repositoryNode(repository),
  isRequired: () => false,
  checkSuite: (run): SuiteNode => ({ __typename: 'CheckSuite', run }),
};

const statusFields: Fields<CheckNode> = {
  id: ({ repository, check }) => toNodeId('StatusContext', repository.databaseId, check.databaseId),
  context: ({ check }) => check.name,
  state: ({ conclusion }) => conclusion ?? 'PENDING',
  createdAt: ({ check, completedAt }) => completedAt ?? check.startedAt,
  isRequired: () => false,
  commit: ({ repository, check }) => bareCommitNode(repository, check.headOid, check.startedAt),
};

/** Each run is a suite of its own: the data groups none. */
const suiteFields: Fields<SuiteNode> = {
  id: ({ run: { repository, check } }) =>
    toNodeId('CheckSuite', repository.databaseId, check.databaseId),
  app: ({ run: { check } }) => ({
    id: toNodeId('App', check.app ?? ''),
    slug: check.app,
    name: check.app,
  }),
  status: ({ run: { conclusion } }) => (conclusion === null ? 'IN_PROGRESS' : 'COMPLETED'),
  conclusion: ({ run: { conclusion } }) => conclusion,
  createdAt: ({ run: { check } }) => check.startedAt,
  updatedAt: ({ run: { check, completedAt } }) => completedAt ?? check.startedAt,
  commit: ({ run: { repository, check } }) =>
    bareCommitNode(repository, check.headOid, check.startedAt),
  repository: ({ run: { repository } }) => repositoryNode(repository),
};

export const checkFields = {
  StatusCheckRollup: rollupFields,
  CheckRun: runFields,
  StatusContext: statusFields,
  CheckSuite: suiteFields,
};
