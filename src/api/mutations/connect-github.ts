import { toConnectionTestStart } from '../../contracts/connections.ts';
import type { ConnectionInput } from '../../db/connections/connection-changes.ts';
import { readBackfillReadiness } from '../../db/reads/backfill-readiness.ts';
import { findGithubConnection, type ConnectionRow } from '../../db/reads/github-connections.ts';
import type { RowKey } from '../../db/reads/rows-by-key.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { parseApiUrl, PUBLIC_GITHUB_URL } from '../../domain/connections/github-host.ts';
import type { ApiContext } from '../core/context.ts';
import { isPassing, notFound, orInstead } from '../core/errors.ts';
import { readRowId } from '../core/global-id.ts';
import { requireAdminOf, requireTeamAdmin } from '../core/team-admin.ts';

export interface ConnectGitHubRequest {
  readonly teamId: string;
  readonly connectionId?: string | null | undefined;
  readonly label?: string | null | undefined;
  readonly apiUrl?: string | null | undefined;
  readonly token?: string | null | undefined;
  readonly app?:
    | {
        readonly appId: bigint;
        readonly installationId: bigint;
        readonly privateKey: string;
      }
    | null
    | undefined;
  readonly webhookSecret?: string | null | undefined;
}

/** A test of a connection, as far as it came within the time that a mutation waits. */
export interface ConnectionTest {
  readonly key: RowKey;
  /** Null when Temporal did not take it. */
  readonly workflowId: string | null;
  /** False when it goes on: its result comes with the connection. */
  readonly isDone: boolean;
  /** False when Temporal did not take the schedules of the team, or was not asked for them. */
  readonly isScheduled: boolean;
}

export interface ConnectedGithub extends ConnectionTest {
  readonly madeWebhookSecret: string | null;
}

const CONNECT = 'connect it to GitHub';

/** A mutation waits this long for a test, in milliseconds. */
const TEST_WAIT_MS = 10_000;

const TEST_POLL_MS = 500;

const MAX_LABEL_CHARACTERS = 100;
const MAX_TOKEN_CHARACTERS = 4_096;
const MAX_KEY_CHARACTERS = 16_384;
const WEBHOOK_SECRET = /^[\x21-\x7e]{16,200}$/;

/**
 * Gives a team a credential and tests it. The credential is stored sealed and can never be read again; one that GitHub
 * refuses stays, with the reason in its status.
 * @throws DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT; then nothing is stored
 */
export async function connectGitHub(
  context: ApiContext,
  request: ConnectGitHubRequest,
): Promise<ConnectedGithub> {
  const { connections } = context.services;
  const { teamId, userId } = requireTeamAdmin(context, request.teamId, CONNECT);
  const connectionId = request.connectionId ?? null;
  const wanted = connectionId === null ? null : readRowId(connectionId, 'GithubConnection');
  if (wanted !== null && wanted.teamId !== teamId) {
    throw notFound('connection');
  }
  const saved = await connections.save({
    teamId,
    actorId: userId,
    connectionId: wanted?.id ?? null,
    label: checkLabel(request.label ?? null),
    apiUrl: parseApiUrl(request.apiUrl ?? PUBLIC_GITHUB_URL, connections.allowedHosts),
    credential: checkCredential(request),
    webhookSecret: checkWebhookSecret(request.webhookSecret ?? null),
  });
  if (saved === null) {
    throw notFound('connection');
  }
  // The credential is stored from here on: an error would say that it is not, and lose the webhook secret.
  const test = await tryTest(context, { teamId, id: saved.connectionId });
  return { ...test, madeWebhookSecret: saved.madeWebhookSecret };
}

/**
 * Asks GitHub whose a credential is and what it may do, and waits 10 s for the answer. Schedules that the team lacks are
 * made, so that a test also mends what a connection without Temporal left out.
 * @throws DomainError NOT_FOUND, FORBIDDEN, GITHUB_NOT_CONNECTED, TEMPORAL_UNAVAILABLE
 */
export async function testConnection(
  context: ApiContext,
  request: { readonly connectionId: string },
): Promise<ConnectionTest> {
  const key = readRowId(request.connectionId, 'GithubConnection');
  requireAdminOf(context, key.teamId, 'connection', 'test its connection to GitHub');
  const found = await find(context, key);
  if (found.status === 'DISCONNECTED') {
    throw new DomainError(
      'GITHUB_NOT_CONNECTED',
      'The connection was ended and has no credential any more: connect the team again.',
    );
  }
  return startTest(context, key, found.testedAt?.getTime() ?? 0);
}

/**
 * Ends a connection: its secrets are erased at once, what was read stays, and syncs end with the reason.
 * @throws DomainError NOT_FOUND, FORBIDDEN
 */
export async function disconnectGitHub(
  context: ApiContext,
  request: { readonly connectionId: string },
): Promise<RowKey> {
  const key = readRowId(request.connectionId, 'GithubConnection');
  const { userId } = requireAdminOf(context, key.teamId, 'connection', 'disconnect it from GitHub');
  if (!(await context.services.connections.end({ ...key, actorId: userId }))) {
    throw notFound('connection');
  }
  await context.reads.refresh();
  const { hasConnection } = await readBackfillReadiness(context.reads.session, key.teamId);
  if (!hasConnection) {
    await unschedule(context, key.teamId);
  }
  return key;
}

/** Without Temporal the schedules stay, and find nothing that they could ask with. */
async function unschedule({ services, reads }: ApiContext, teamId: bigint): Promise<void> {
  await isTaken(services.launcher.unscheduleTeam(String(teamId)));
  await reads.refresh();
}

/** Whether Temporal took what it was asked for. */
function isTaken(request: Promise<void>): Promise<boolean> {
  return orInstead(
    request.then(() => true),
    false,
  );
}

/** Reads a connection from a new moment. @throws DomainError NOT_FOUND */
async function find(context: ApiContext, key: RowKey): Promise<ConnectionRow> {
  await context.reads.refresh();
  const found = await findGithubConnection(context.reads.session, key);
  if (found === null) {
    throw notFound('connection');
  }
  return found;
}

/** Tests what was just stored, and was never tested before. */
async function tryTest(context: ApiContext, key: RowKey): Promise<ConnectionTest> {
  const test = await orInstead(startTest(context, key, 0), null);
  if (test === null) {
    // The session may have waited for Temporal nearly as long as it may be open.
    await context.reads.refresh();
  }
  return test ?? { key, workflowId: null, isDone: false, isScheduled: false };
}

/**
 * Starts the test and makes the team's schedules, and waits until the row has a result of after `before`, in
 * milliseconds since 1970.
 * @throws DomainError TEMPORAL_UNAVAILABLE when the test is not taken
 */
async function startTest(
  context: ApiContext,
  key: RowKey,
  before: number,
): Promise<ConnectionTest> {
  const { launcher } = context.services;
  const { workflowId } = await launcher.startWorkflow(
    toConnectionTestStart({ teamId: String(key.teamId), connectionId: String(key.id) }),
  );
  const isScheduled = await isTaken(launcher.scheduleTeam(String(key.teamId)));
  const end = performance.now() + TEST_WAIT_MS;
  while (performance.now() < end && !context.signal.aborted) {
    if ((await readTestedAt(context, key)) > before) {
      return { key, workflowId, isDone: true, isScheduled };
    }
    await new Promise((resolve) => setTimeout(resolve, TEST_POLL_MS));
  }
  return { key, workflowId, isDone: false, isScheduled };
}

/** Milliseconds since 1970; 0 for what was not tested, or cannot be read at the moment. */
async function readTestedAt(context: ApiContext, key: RowKey): Promise<number> {
  try {
    return (await find(context, key)).testedAt?.getTime() ?? 0;
  } catch (error) {
    if (isPassing(error)) {
      return 0;
    }
    throw error;
  }
}

function invalid(message: string): DomainError {
  return new DomainError('INVALID_INPUT', message);
}

function checkLabel(label: string | null): string | null {
  const text = label?.trim() ?? '';
  if (text.length > MAX_LABEL_CHARACTERS || /\p{Cc}/u.test(text)) {
    throw invalid(`label must be a line of up to ${MAX_LABEL_CHARACTERS} characters.`);
  }
  return text === '' ? null : text;
}

/** No message repeats what was given: it may be a secret in the wrong place. */
function checkCredential({ token, app }: ConnectGitHubRequest): ConnectionInput['credential'] {
  const hasToken = token !== null && token !== undefined;
  const hasApp = app !== null && app !== undefined;
  if (hasToken && !hasApp) {
    const secret = token.trim();
    if (!/^[\x21-\x7e]+$/.test(secret) || secret.length > MAX_TOKEN_CHARACTERS) {
      throw invalid('token is no token of GitHub: copy it again, without spaces and line breaks.');
    }
    return { kind: 'PAT', secret };
  }
  if (hasApp && !hasToken) {
    const secret = app.privateKey.trim();
    const isPem = /^-----BEGIN (?:RSA )?PRIVATE KEY-----[\s\S]+-----END (?:RSA )?PRIVATE KEY-----$/;
    if (!isPem.test(secret) || secret.length > MAX_KEY_CHARACTERS) {
      throw invalid('privateKey is no private key: give the whole PEM file that GitHub made.');
    }
    if (app.appId < 1n || app.installationId < 1n) {
      throw invalid('appId and installationId are the numbers that GitHub shows for the App.');
    }
    return { kind: 'APP', appId: app.appId, installationId: app.installationId, secret };
  }
  throw invalid('Give either a token or an app.');
}

function checkWebhookSecret(secret: string | null): string | null {
  if (secret !== null && !WEBHOOK_SECRET.test(secret)) {
    throw invalid(
      'webhookSecret must have 16 to 200 characters of ASCII without spaces; leave it away and one is made.',
    );
  }
  return secret;
}
