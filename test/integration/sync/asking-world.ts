import { createGitHubContext } from '../../../src/activities/github-context.ts';
import type { StageContext } from '../../../src/activities/sync-stage.ts';
import { provisionConnection, provisionTeam } from '../../../src/db/provision.ts';
import { createSecretBox } from '../../../src/db/secret-box.ts';
import {
  startFakeGitHub,
  type FakeGitHub,
  type FakeGitHubOptions,
} from '../../../src/demo/fake-github.ts';
import type { GitHubData } from '../../../src/demo/github-data.ts';
import { connectorFor } from '../../support/github.ts';
import { openScene, type Scene } from '../db/scene.ts';

/** A team on PostgreSQL and the fake GitHub, and workers' contexts to call activities with. */
export interface AskingWorld {
  readonly scene: Scene;
  readonly fake: FakeGitHub;
  readonly teamId: bigint;
  readonly connectionId: bigint;
  /** Row of the source's repository of this name (`owner/name`). */
  addRepository(name: string): Promise<bigint>;
  /** What one worker process has: its own connections and its own lane. */
  aWorker(): StageContext;
  rows<Row>(text: string): Promise<Row[]>;
  close(): Promise<void>;
}

const TOKEN = 'token-of-the-asking-world';

export async function openAskingWorld(
  source: GitHubData,
  options: Partial<FakeGitHubOptions> = {},
): Promise<AskingWorld> {
  const scene = await openScene();
  const fake = await startFakeGitHub({ source, token: TOKEN, ...options });
  const secrets = await createSecretBox([Buffer.alloc(32, 5).toString('base64')]);
  const maintenance = scene.maintenanceDb();
  const { teamId } = await provisionTeam(maintenance, {
    slug: 'asking',
    name: 'Asking',
    adminEmail: 'admin@example.com',
    adminName: 'Admin',
  });
  await provisionConnection(maintenance, { teamId, apiUrl: fake.url, token: TOKEN, secrets });
  const rows = async <Row>(text: string) => (await scene.sql.query(text)).rows as Row[];
  const [connection] = await rows<{ id: string }>('SELECT id FROM github_connection');
  const connectionId = BigInt(connection?.id ?? 0);
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
    aWorker() {
      return createGitHubContext({ db: scene.anotherDb(6), secrets, createGitHub, lanes: 3, now });
    },
    async close() {
      await fake.close();
      await scene.close();
    },
  };
}
