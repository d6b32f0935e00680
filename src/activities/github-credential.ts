import { connectionSecretPlace } from '../db/github-connections.ts';
import type { GitHub } from '../github/client.ts';
import type { SyncActivityContext } from './sync-dependencies.ts';

/** A team's connection as it is stored; the secret is sealed. */
export interface StoredCredential {
  readonly teamId: bigint;
  readonly connectionId: bigint;
  readonly apiUrl: string;
  readonly secret: string | null;
  readonly identity: string | null;
}

/** A client for a stored credential. The secret is opened here and goes nowhere else. */
export async function connectGitHub(
  context: Pick<SyncActivityContext, 'secrets' | 'createGitHub'>,
  credential: StoredCredential,
): Promise<GitHub> {
  const { teamId, connectionId, apiUrl, secret } = credential;
  const token =
    secret === null
      ? null
      : await context.secrets.open(secret, connectionSecretPlace(teamId, connectionId));
  return context.createGitHub({ apiUrl, token });
}

/** Whose limits count; until GitHub has said whose the credential is, the connection stands for itself. */
export function identityOf(
  credential: Pick<StoredCredential, 'teamId' | 'connectionId' | 'identity'>,
): string {
  return credential.identity ?? `connection:${credential.teamId}:${credential.connectionId}`;
}
