import type { NewDelivery } from '../../db/webhooks/webhook-deliveries.ts';
import { cleanText } from '../../domain/core/clean-text.ts';
import { instantAt, parseInstant } from '../../domain/core/instants.ts';
import {
  topicOf,
  type WebhookAccount,
  type WebhookSubject,
} from '../../domain/webhooks/webhook-delivery.ts';

/** What is kept of a payload. */
export interface ReadPayload extends Pick<NewDelivery, 'action' | 'subject' | 'ignored'> {
  /** GitHub's id of the App's installation that the payload came through; null from other hooks. */
  readonly installationId: bigint | null;
}

/** Entries of a list that are read: the next incremental sync finds what is left out. */
const MAX_ENTRIES = 100;

/** A branch may be longer on disk, but not on GitHub. */
const MAX_NAME_CHARACTERS = 255;

const BRANCH_REF = /^refs\/heads\/(.+)$/s;

const COMMIT = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/**
 * Reads what processing needs out of a payload that is signed but of any content: what is missing or of another type
 * is left out.
 * @param event the `X-GitHub-Event` header
 */
export function readPayload(
  event: string,
  payload: Readonly<Record<string, unknown>>,
): ReadPayload {
  const repository = objectAt(payload, 'repository');
  const installation = objectAt(payload, 'installation');
  const installationId = readId(installation['id']);
  const account = readAccount(event, payload);
  const subject: WebhookSubject = {
    ...(account !== null && { account }),
    repository: readId(repository['id']),
    pullRequests: readPullRequests(event, payload, readId(repository['id'])),
    branches: readBranches(event, payload),
    commits: readCommits(event, payload),
    repositories: unique(
      [...listAt(payload, 'repositories_added'), ...listAt(payload, 'repositories_removed')].map(
        (entry) => readId(entry['id']),
      ),
    ),
    changedAt:
      event === 'installation'
        ? (readInstant(installation['updated_at']) ?? readInstant(installation['created_at']))
        : null,
  };
  return {
    action: readName(payload['action']),
    subject,
    installationId: installationId === null ? null : BigInt(installationId),
    ignored: ignoredReason(event, subject),
  };
}

function ignoredReason(event: string, subject: WebhookSubject): string | null {
  const topic = topicOf(event);
  if (topic === null) {
    return `Nothing here changes with the event ${event}: the webhook need not send it.`;
  }
  if (topic === 'INSTALLATION') {
    return null;
  }
  const { repository, repositories, pullRequests, branches, commits, account } = subject;
  if (topic === 'MEMBERS' && account === undefined) {
    return 'The event names no account that came or left.';
  }
  if (topic === 'MEMBERS' && account?.organization !== null) {
    return null;
  }
  if (topic === 'INSTALLATION_REPOSITORIES' ? repositories.length === 0 : repository === null) {
    return 'The event names no repository.';
  }
  const isOfNone = [pullRequests, branches, commits].every(({ length }) => length === 0);
  return topic === 'PULL_REQUESTS' && isOfNone ? 'The event concerns no pull request.' : null;
}

function readPullRequests(
  event: string,
  payload: Readonly<Record<string, unknown>>,
  repositoryId: string | null,
): number[] {
  const issue = objectAt(payload, 'issue');
  const suite = objectAt(payload, 'check_suite');
  const run = objectAt(payload, 'check_run');
  switch (event) {
    case 'issue_comment':
      // Comments on issues come with the same event.
      return 'pull_request' in issue ? unique([readNumber(issue['number'])]) : [];
    case 'check_suite':
    case 'check_run': {
      const lists = [suite, run, objectAt(run, 'check_suite')].flatMap((check) =>
        listAt(check, 'pull_requests'),
      );
      // A check names pull requests of forks too; theirs are numbers of another repository.
      return unique(
        lists.map((pull) => {
          const base = readId(objectAt(objectAt(pull, 'base'), 'repo')['id']);
          return base === repositoryId ? readNumber(pull['number']) : null;
        }),
      );
    }
    default:
      return unique([
        readNumber(objectAt(payload, 'pull_request')['number']) ?? readNumber(payload['number']),
      ]);
  }
}

const LOGIN = /^[\w-]{1,100}(\[bot\])?$/;

function readLogin(value: unknown): string | null {
  return typeof value === 'string' && LOGIN.test(value) ? value : null;
}

/** Who came to a repository (`member`), to a team of an organisation (`membership`) or to one itself, or left it. */
function readAccount(
  event: string,
  payload: Readonly<Record<string, unknown>>,
): WebhookAccount | null {
  if (topicOf(event) !== 'MEMBERS') {
    return null;
  }
  const user =
    event === 'organization'
      ? objectAt(objectAt(payload, 'membership'), 'user')
      : objectAt(payload, 'member');
  const organization =
    event === 'member' ? null : readLogin(objectAt(payload, 'organization')['login']);
  const [id, login] = [readId(user['id']), readLogin(user['login'])];
  if (id === null || login === null || (organization === null && event !== 'member')) {
    return null;
  }
  return { id, login, type: readName(user['type']) ?? 'User', organization };
}

function readBranches(event: string, payload: Readonly<Record<string, unknown>>): string[] {
  if (event !== 'push') {
    return [];
  }
  const ref = payload['ref'];
  const [, branch] = typeof ref === 'string' ? (BRANCH_REF.exec(ref) ?? []) : [];
  return unique([readName(branch)]);
}

function readCommits(event: string, payload: Readonly<Record<string, unknown>>): string[] {
  const commits: Readonly<Record<string, unknown>> = {
    status: payload['sha'],
    check_suite: objectAt(payload, 'check_suite')['head_sha'],
    check_run: objectAt(payload, 'check_run')['head_sha'],
  };
  const sha = Object.hasOwn(commits, event) ? commits[event] : null;
  return typeof sha === 'string' && COMMIT.test(sha) ? [sha] : [];
}

function objectAt(
  parent: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> {
  return asObject(parent[name]);
}

function listAt(
  parent: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>>[] {
  const list = parent[name];
  return Array.isArray(list) ? list.slice(0, MAX_ENTRIES).map(asObject) : [];
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** GitHub's ids are whole numbers that JSON holds exactly. */
function readId(value: unknown): string | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
    ? String(value)
    : null;
}

/** As the database holds it. */
const MAX_NUMBER = 2_147_483_647;

function readNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= MAX_NUMBER
    ? value
    : null;
}

function readName(value: unknown): string | null {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME_CHARACTERS
    ? cleanText(value).text
    : null;
}

/** GitHub writes instants as text, and in older events as seconds. */
function readInstant(value: unknown): string | null {
  const at = typeof value === 'number' ? instantAt(value * 1000) : parseInstant(value);
  return at?.toISOString() ?? null;
}

function unique<T>(values: readonly (T | null)[]): T[] {
  const known = values.filter((value): value is T & {} => value !== null && value !== undefined);
  return [...new Set(known)].slice(0, MAX_ENTRIES);
}
