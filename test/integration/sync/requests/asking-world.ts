import { createGitHubContext } from '../../../../src/activities/requests/github-context.ts';
import type { GitHubContext } from '../../../../src/activities/requests/request-slot.ts';
import { connectionSecretScope } from '../../../../src/db/connections/github-connections.ts';
import type {
  FakeGitHub,
  FakeGitHubOptions,
} from '../../../../src/demo/fake-github/fake-github.ts';
import type { GitHubData } from '../../../../src/demo/core/github-data.ts';
import { connectorFor } from '../../../support/github/github.ts';
import { connectTeam } from '../../../support/worlds/connected-team.ts';
import { openScene, type Scene } from '../../db/scene.ts';
import { createAppKeys } from '../../../support/github/app-keys.ts';

type WorkerSettings = Partial<
  Pick<Parameters<typeof createGitHubContext>[0], 'secrets' | 'createGitHub'>
>;

/** A team on PostgreSQL and the fake GitHub, and workers' contexts to call activities with. */
export interface AskingWorld {
  readonly scene: Scene;
  readonly fake: FakeGitHub;
  readonly teamId: bigint;
  readonly connectionId: bigint;
  /** Row of the source's repository of this name (`owner/name`). */
  addRepository(name: string): Promise<bigint>;
  /** Connections of the fake's App, one for each of these installations. */
  addInstallations(...ids: readonly number[]): Promise<readonly bigint[]>;
  /** What one worker process has: its own connections and its own queue. Its settings may differ from the others'. */
  aWorker(settings?: WorkerSettings): GitHubContext;
  rows<Row>(text: string): Promise<Row[]>;
  close(): Promise<void>;
}

export async function openAskingWorld(
  source: GitHubData,
  options: Omit<Partial<FakeGitHubOptions>, 'token' | 'port'> = {},
): Promise<AskingWorld> {
  const scene = await openScene();
  const connected = await connectTeam(scene.maintenanceDb(), { source, ...options });
  const { teamId, connectionId, secrets, github: fake } = connected;
  const rows = async <Row>(text: string) => (await scene.sql.query(text)).rows as Row[];
  const now = options.now ?? (() => new Date());
  const createGitHub = connectorFor(now);
  return {
    scene,
    fake,
    teamId,
    connectionId,
    rows,
    async addRepository(name) {
      const found = source.repositories.find((one) => `${one.owner}/${one.name}` === name);
      const { rows: made } = await scene.sql.query<{ id: string }>(
        `INSERT INTO repository (team_id, connection_id, github_id, owner, name) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
        [teamId, connectionId, found?.databaseId, found?.owner, found?.name],
      );
      return BigInt(made[0]?.id ?? 0);
    },
    async addInstallations(...ids) {
      const { privateKey } = createAppKeys('pkcs8');
      const added: bigint[] = [];
      for (const installationId of ids) {
        fake.setInstallation(installationId);
        const { rows: made } = await scene.sql.query<{ id: string }>(
          `INSERT INTO github_connection (team_id, kind, label, api_url, app_id, installation_id, status)
           VALUES ($1, 'APP', $2, $3, 4711, $4, 'ACTIVE') RETURNING id`,
          [teamId, `app ${installationId}`, fake.url, installationId],
        );
        const id = BigInt(made[0]?.id ?? 0);
        const secret = await secrets.seal(privateKey, connectionSecretScope(teamId, id));
        await scene.sql.query('UPDATE github_connection SET secret = $2 WHERE id = $1', [
          id,
          secret,
        ]);
        added.push(id);
      }
      return added;
    },
    aWorker(settings = {}) {
      return createGitHubContext({
        db: scene.anotherDb(6),
        secrets,
        createGitHub,
        concurrentRequests: 3,
        reserve: 0.2,
        now,
        ...settings,
      });
    },
    async close() {
      await fake.close();
      await scene.close();
    },
  };
}
