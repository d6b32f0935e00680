import type { ResultOf } from 'gql.tada';
import type { DeploymentFact, DeploymentState } from '../../domain/delivery/delivery-facts.ts';
import type { RejectedFact } from '../../domain/pulls/github-facts.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { foundIn, nodesOf, readAnswer, type NodeOf } from '../transport/answers.ts';
import { nextCursorOf, toGitHubCursor } from '../transport/page-walk.ts';
import type { Answered, GitHubApi } from '../transport/api.ts';
import { isFailure } from '../transport/failures.ts';
import { mapPage, passOver } from '../pulls/map-each.ts';
import { mapQuota } from '../pulls/map-facts.ts';
import { wordsOf } from '../pulls/entry-reader.ts';
import { toActorOrNull } from '../pulls/map-account.ts';
import {
  DEPLOYMENT_NUMBERS_QUERY,
  DEPLOYMENT_PAGE_QUERY,
  STATUS_PAGE_QUERY,
  type STATUSES,
} from './deployment-queries.ts';
import {
  MAX_WORD_CHARACTERS,
  reasonOf,
  TextCleaner,
  toId,
  toInstant,
  UnreadableError,
} from '../transport/wire-values.ts';

/** A deployment, and where its statuses go on when there are more than came with it. */
export interface ListedDeployment {
  readonly fact: DeploymentFact;
  readonly more: { readonly nodeId: string; readonly cursor: string } | null;
}

/** A page of a repository's deployments, newest first. */
export interface DeploymentPage {
  readonly deployments: readonly ListedDeployment[];
  readonly rejected: readonly RejectedFact[];
  /** Null at the end. */
  readonly nextCursor: string | null;
}

/**
 * Further statuses of a deployment. UNREADABLE: they are not as GitHub's schema promises, or GitHub does not show the
 * deployment any more; another page would not help.
 */
export type StatusAnswer =
  | { readonly kind: 'PAGE'; readonly times: StatusTimes; readonly nextCursor: string | null }
  | { readonly kind: 'UNREADABLE'; readonly reason: string };

/** What statuses say beyond the state: when the first success and the last of all were. */
export interface StatusTimes {
  readonly succeededAt: Date | null;
  readonly stateAt: Date | null;
}

type StatusList = ResultOf<typeof STATUSES>;
type StatusNode = NodeOf<StatusList>;

export type DeploymentNode = NodeOf<
  NonNullable<ResultOf<typeof DEPLOYMENT_PAGE_QUERY>['repository']>['deployments']
>;

const STATES: ReadonlyMap<string, DeploymentState> = wordsOf(
  'PENDING',
  'QUEUED',
  'WAITING',
  'IN_PROGRESS',
  'SUCCESS',
  'INACTIVE',
  'FAILURE',
  'ERROR',
  'DESTROYED',
  'ABANDONED',
);

/** Deployments that GitHub is asked for at a time where it answers that. */
export const LARGEST_DEPLOYMENT_PAGE = 50;

/** How much of deployments is asked for: with a hundred statuses of each, with few, or only their numbers. */
export const DEPLOYMENT_DETAILS = ['WHOLE', 'FEW_STATUSES', 'NUMBERS'] as const;

const STATUSES_OF = { WHOLE: 100, FEW_STATUSES: 10 } as const;

export interface DeploymentPageRequest {
  readonly repository: RepositoryName;
  /** How many, 1 to 100. */
  readonly first: number;
  readonly after: string | null;
  readonly detail: (typeof DEPLOYMENT_DETAILS)[number];
}

/** What GitHub calls a deployment for which nobody named an environment. */
const DEFAULT_ENVIRONMENT = 'production';

/** Deployments of repositories, with their statuses. Every method throws GitHubFailure and nothing else. */
export function createDeployments(api: GitHubApi) {
  return {
    /** A page of them; with detail NUMBERS each is rejected as too heavy to read. */
    async fetchPage({
      repository,
      first,
      after,
      detail,
    }: DeploymentPageRequest): Promise<Answered<DeploymentPage>> {
      const what = `deployments of ${formatRepositoryName(repository)}`;
      if (detail === 'NUMBERS') {
        const raw = await api.graphql(
          DEPLOYMENT_NUMBERS_QUERY,
          { ...repository, first, after: toGitHubCursor(after) },
          what,
        );
        const { deployments: list } = foundIn(raw, what);
        return readAnswer(what, () => ({
          answer: { deployments: [], ...passOver(list, 'deployments', after) },
          quota: mapQuota(raw.rateLimit),
        }));
      }
      const raw = await api.graphql(
        DEPLOYMENT_PAGE_QUERY,
        { ...repository, first, after: toGitHubCursor(after), statuses: STATUSES_OF[detail] },
        what,
      );
      const { deployments: list } = foundIn(raw, what);
      return readAnswer(what, () => {
        const { facts, ...page } = mapPage(
          list,
          'deployments',
          mapDeployment,
          ({ databaseId }) => databaseId,
          after,
        );
        return {
          answer: { deployments: facts, ...page },
          quota: mapQuota(raw.rateLimit),
        };
      });
    },

    /**
     * The next `first` statuses of one deployment. What is wrong with them alone concerns none of the others.
     * @param first 1 to 100
     */
    async fetchStatuses(
      nodeId: string,
      after: string,
      first: number,
    ): Promise<Answered<StatusAnswer>> {
      const what = 'statuses of a deployment';
      let raw: ResultOf<typeof STATUS_PAGE_QUERY>;
      try {
        raw = await api.graphql(
          STATUS_PAGE_QUERY,
          { id: nodeId, first, after: toGitHubCursor(after) },
          what,
        );
      } catch (error) {
        // The repository itself was just read: what is missing is the deployment.
        if (isFailure(error, 'NOT_FOUND')) {
          return { answer: { kind: 'UNREADABLE', reason: NOT_SHOWN }, quota: null };
        }
        throw error;
      }
      return {
        answer: readStatuses(raw.node as Partial<Pick<DeploymentNode, 'statuses'>> | null, after),
        quota: readAnswer(what, () => mapQuota(raw.rateLimit)),
      };
    },
  };
}

const NOT_SHOWN = 'statuses: GitHub does not show the deployment that they are of any more.';

function readStatuses(
  node: Partial<Pick<DeploymentNode, 'statuses'>> | null | undefined,
  after: string,
): StatusAnswer {
  const list = node?.statuses;
  if (list == null) {
    return { kind: 'UNREADABLE', reason: NOT_SHOWN };
  }
  try {
    return {
      kind: 'PAGE',
      times: statusTimes(wholeListOf(list)),
      nextCursor: nextCursorOf(list, after),
    };
  } catch (error) {
    return { kind: 'UNREADABLE', reason: reasonOf(error, 'statuses: ') };
  }
}

/** @throws UnreadableError also for an empty entry: it may be the first success */
function wholeListOf(list: StatusList | null): readonly StatusNode[] {
  const statuses = nodesOf(list);
  if (statuses.length !== (list?.nodes?.length ?? 0)) {
    throw new UnreadableError('an entry of the list of statuses is empty');
  }
  return statuses;
}

/** @throws UnreadableError when the deployment is not as GitHub's schema promises */
export function mapDeployment(raw: DeploymentNode): ListedDeployment {
  const cleaner = new TextCleaner();
  const createdAt = toInstant(raw.createdAt, 'time of a deployment');
  const { succeededAt, stateAt } = statusTimes(wholeListOf(raw.statuses));
  // ACTIVE is a success that no later one has replaced.
  const word = raw.state === 'ACTIVE' ? 'SUCCESS' : (raw.state ?? 'PENDING');
  const known = STATES.get(word) ?? null;
  const cursor = raw.statuses === null ? null : nextCursorOf(raw.statuses, null);
  return {
    fact: {
      githubId: toId(raw.databaseId, 'id of a deployment'),
      environment: cleaner.cleanKey(raw.environment ?? DEFAULT_ENVIRONMENT, 'environment'),
      ref: raw.ref === null ? null : cleaner.clean(raw.ref.name, 'ref of a deployment'),
      sha: cleaner.cleanKey(raw.commitOid, 'commit of a deployment'),
      state: known ?? 'UNKNOWN',
      stateRaw: known === null ? cleaner.clean(word, 'state').slice(0, MAX_WORD_CHARACTERS) : null,
      creator: toActorOrNull(raw.creator, cleaner),
      description: raw.description ? cleaner.clean(raw.description, 'description') : null,
      createdAt,
      stateAt: stateAt ?? createdAt,
      succeededAt,
    },
    more: cursor === null ? null : { nodeId: cleaner.cleanKey(raw.id, 'node id'), cursor },
  };
}

/** The same deployment, with what further statuses say. */
export function withStatuses(fact: DeploymentFact, times: StatusTimes): DeploymentFact {
  const stateAt = times.stateAt ?? fact.stateAt;
  const succeededAt = times.succeededAt ?? fact.succeededAt;
  return {
    ...fact,
    stateAt: stateAt > fact.stateAt ? stateAt : fact.stateAt,
    succeededAt:
      fact.succeededAt !== null && succeededAt !== null && fact.succeededAt < succeededAt
        ? fact.succeededAt
        : succeededAt,
  };
}

/** GitHub does not promise an order of statuses. */
function statusTimes(statuses: readonly StatusNode[]): StatusTimes {
  const times = statuses
    .map(({ state, createdAt }) => ({ state, at: toInstant(createdAt, 'time of a status') }))
    .toSorted((a, b) => a.at.getTime() - b.at.getTime());
  return {
    succeededAt: times.find(({ state }) => state === 'SUCCESS')?.at ?? null,
    stateAt: times.at(-1)?.at ?? null,
  };
}
