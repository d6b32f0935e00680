import type { QuotaFact } from '../../domain/pulls/github-facts.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { parametersOf, type GitHubApi, type RestData } from '../transport/api.ts';
import { readAnswer } from '../transport/answers.ts';
import { GitHubFailure } from '../transport/failures.ts';
import { toInstant } from '../transport/wire-values.ts';

/** What has webhooks of its own. */
export type HookOwner =
  | { readonly kind: 'REPOSITORY'; readonly repository: RepositoryName }
  | { readonly kind: 'ORGANIZATION'; readonly organization: string };

/** A webhook of a repository or an organisation, or that of the GitHub App whose installation the credential is. */
export type HookScope = { readonly kind: 'APP' } | (HookOwner & { readonly hookId: bigint });

/** An attempt of GitHub's to deliver a webhook. */
export interface HookDelivery {
  /** Of the attempt; `guid` is that of the delivery, which every attempt repeats. */
  readonly id: string;
  readonly guid: string;
  readonly deliveredAt: Date;
  readonly isRedelivery: boolean;
  /** Whether it was answered with success. */
  readonly arrived: boolean;
  /** The App's installation that it is about; null where there is none. */
  readonly installationId: bigint | null;
}

interface HookDeliveryPage {
  /** Newest first; null when nothing was added since the ETag, which costs nothing. */
  readonly deliveries: readonly HookDelivery[] | null;
  readonly nextCursor: string | null;
  /** To be sent the next time that the first page is asked for. */
  readonly etag: string | null;
  /** Null for the App's own webhook: the App's limit is another than that of its installations. */
  readonly quota: QuotaFact | null;
}

const PER_PAGE = 100;

/**
 * What GitHub knows of the webhooks that it sent. Every method throws GitHubFailure and nothing else.
 * @param asApp the APIs with the App's own token, which alone may see its webhook; null with a personal token
 */
export function createHooks(api: GitHubApi, asApp: GitHubApi | null) {
  function resolve(scope: HookScope) {
    if (scope.kind !== 'APP') {
      const { root, parameters, of } = addressOf(scope);
      return {
        asked: api,
        root: `${root}/{hook_id}/deliveries`,
        parameters: { ...parameters, hook_id: String(scope.hookId) },
        what: `webhook ${scope.hookId} of ${of}`,
      };
    }
    if (asApp === null) {
      throw new GitHubFailure(
        'FORBIDDEN',
        'A personal token cannot ask for the webhook of an App.',
      );
    }
    return {
      asked: asApp,
      root: '/app/hook/deliveries',
      parameters: {},
      what: 'webhook of the GitHub App',
    };
  }

  return {
    /**
     * The webhooks of an owner; null when nothing changed since the ETag, which costs nothing. The ETag of the answer is
     * to be sent the next time; it is null where one page does not hold all.
     */
    async list(owner: HookOwner, known: string | null) {
      const { root, parameters, of } = addressOf(owner);
      const what = `webhooks of ${of}`;
      const { data, etag, hasNextPage, quota } = await api.rest(
        `GET ${root}`,
        { ...parameters, per_page: PER_PAGE },
        what,
        known,
      );
      return readAnswer(what, () => ({
        answer:
          data === null
            ? null
            : { hooks: (data as RawHook[]).map(toHook), etag: hasNextPage ? null : etag },
        quota,
      }));
    },

    /**
     * A page of attempts, newest first.
     * @param known the ETag of the first page, when that is asked for again
     */
    async listDeliveries(
      scope: HookScope,
      cursor: string | null,
      known: string | null = null,
    ): Promise<HookDeliveryPage> {
      const { asked, root, parameters, what } = resolve(scope);
      const page = { per_page: PER_PAGE, ...(cursor !== null && { cursor }) };
      const { data, etag, nextCursor, quota } = await asked.rest(
        `GET ${root}`,
        { ...parameters, ...page },
        what,
        known,
      );
      return readAnswer(what, () => ({
        deliveries: data === null ? null : (data as RawDelivery[]).map(toDelivery),
        nextCursor,
        etag,
        quota: asked === api ? quota : null,
      }));
    },

    /** Has GitHub send a delivery again; it accepts those of the last three days. */
    async redeliver(scope: HookScope, id: string) {
      const { asked, root, parameters, what } = resolve(scope);
      const { quota } = await asked.rest(
        `POST ${root}/{delivery_id}/attempts`,
        { ...parameters, delivery_id: id },
        what,
      );
      return { quota: asked === api ? quota : null };
    },
  };
}

/** Where the webhooks of an owner are, as Octokit writes it, and whose they are, for messages. */
function addressOf(owner: HookOwner) {
  if (owner.kind === 'ORGANIZATION') {
    const { organization } = owner;
    return { root: '/orgs/{org}/hooks', parameters: { org: organization }, of: organization };
  }
  const { repository } = owner;
  return {
    root: '/repos/{owner}/{repo}/hooks',
    parameters: parametersOf(repository),
    of: formatRepositoryName(repository),
  };
}

type RawHook = RestData<'GET /repos/{owner}/{repo}/hooks'>[number];
type RawDelivery = RestData<'GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries'>[number];

function toHook({ id, config }: RawHook) {
  return { hookId: BigInt(id), url: config.url ?? '' };
}

function toDelivery(raw: RawDelivery): HookDelivery {
  const deliveredAt = toInstant(raw.delivered_at, 'time of a delivery');
  if (typeof raw.guid !== 'string') {
    throw new TypeError('a delivery has no guid');
  }
  return {
    id: String(raw.id),
    guid: raw.guid,
    deliveredAt,
    isRedelivery: raw.redelivery,
    arrived: raw.status_code >= 200 && raw.status_code < 400,
    installationId: Number.isSafeInteger(raw.installation_id)
      ? BigInt(raw.installation_id ?? 0)
      : null,
  };
}
