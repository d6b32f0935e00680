import type { Db } from '../../../src/db/core/client.ts';
import { createSecretBox, type SecretBox } from '../../../src/db/core/secret-box.ts';
import { provisionConnection, provisionTeam } from '../../../src/db/teams/provision.ts';
import {
  startFakeGitHub,
  type FakeGitHub,
  type FakeGitHubOptions,
} from '../../../src/demo/fake-github/fake-github.ts';

/** The token of the team's connection, which the fake GitHub takes. */
export const WORLD_TOKEN = 'token-of-the-test-world';
export const WORLD_ENCRYPTION_KEY = Buffer.alloc(32, 7).toString('base64');

/** A team whose credential a fake GitHub takes: what every world stands on that syncs. */
export interface ConnectedTeam {
  readonly teamId: bigint;
  readonly connectionId: bigint;
  readonly secrets: SecretBox;
  /** The caller closes it. */
  readonly github: FakeGitHub;
}

/**
 * Makes a team with an admin and a connection to a fake GitHub.
 * @param maintenance as the owner of the tables
 */
export async function connectTeam(
  maintenance: Db,
  options: Omit<FakeGitHubOptions, 'token' | 'port'>,
): Promise<ConnectedTeam> {
  const github = await startFakeGitHub({ ...options, token: WORLD_TOKEN });
  const secrets = await createSecretBox([WORLD_ENCRYPTION_KEY]);
  const { teamId } = await provisionTeam(maintenance, {
    slug: 'world',
    name: 'World',
    adminEmail: 'admin@example.com',
    adminName: 'Admin',
  });
  const apiUrl = github.url;
  await provisionConnection(maintenance, { teamId, apiUrl, token: WORLD_TOKEN, secrets });
  const { id } = await maintenance.githubConnection.findFirstOrThrow({ where: { teamId } });
  return { teamId, connectionId: id, secrets, github };
}
