import {
  connectionSecretScope,
  readCredential,
  type StoredCredential,
} from '../../db/connections/github-connections.ts';
import type { SecretBox } from '../../db/core/secret-box.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { GitHub } from '../../github/client.ts';
import type { GitHubAuth } from '../../github/connections/credential.ts';
import type { SyncActivityDependencies } from './sync-dependencies.ts';

/** A team's connection by its key. */
export interface ConnectionKey {
  readonly teamId: bigint;
  readonly connectionId: bigint;
}

type CredentialContext = Pick<SyncActivityDependencies, 'db' | 'secrets' | 'createGitHub'>;

/**
 * A client for a connection as it is stored now.
 * @throws DomainError GITHUB_NOT_CONNECTED when it was disconnected
 */
export async function connectGitHub(
  context: CredentialContext,
  { teamId, connectionId }: ConnectionKey,
): Promise<GitHub> {
  const key = { teamId, connectionId };
  const stored = await withTeam(context.db, teamId, (tx) => readCredential(tx, key));
  if (stored === null) {
    throw new DomainError(
      'GITHUB_NOT_CONNECTED',
      'The connection to GitHub was ended: connect the team again, then start again.',
    );
  }
  return clientFor(context, key, stored);
}

/**
 * A client for a connection that has been read. The secret is opened here and goes nowhere else.
 * @param deadline ends its requests, whatever is under way
 */
export async function clientFor(
  context: Omit<CredentialContext, 'db'>,
  key: ConnectionKey,
  stored: StoredCredential,
  deadline?: AbortSignal,
): Promise<GitHub> {
  const auth = await openCredential(context.secrets, key, stored);
  return context.createGitHub({ apiUrl: stored.apiUrl, auth }, deadline);
}

async function openCredential(
  secrets: SecretBox,
  { teamId, connectionId }: ConnectionKey,
  { secret, appId, installationId }: StoredCredential,
): Promise<GitHubAuth> {
  if (secret === null) {
    return { kind: 'NONE' };
  }
  const plain = await secrets.open(secret, connectionSecretScope(teamId, connectionId));
  return appId === null || installationId === null
    ? { kind: 'PAT', token: plain }
    : { kind: 'APP', appId, installationId, privateKey: plain };
}

/** Whose limits count; until GitHub has said whose the credential is, the connection stands for itself. */
export function identityOf(
  credential: ConnectionKey & { readonly identity: string | null },
): string {
  return credential.identity ?? `connection:${credential.teamId}:${credential.connectionId}`;
}
