import { createAiUsageActivities } from '../../../../src/activities/usage/ai-usage.ts';
import { createGitHubContext } from '../../../../src/activities/requests/github-context.ts';
import type { AiUsageActivities } from '../../../../src/contracts/ai-usage.ts';
import { connectAiUsageSource } from '../../../../src/db/usage/ai-usage-sources.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import type { FakeGitHub } from '../../../../src/demo/fake-github/fake-github.ts';
import { generateOrganisation } from '../../../../src/demo/organisation/organisation.ts';
import { connectorFor } from '../../../support/github/github.ts';
import { connectTeam } from '../../../support/worlds/connected-team.ts';
import { openScene, type Scene } from '../../db/scene.ts';

export const ORGANIZATION = 'acme-robotics';

/** A Wednesday at noon; GitHub and the worker stand at it until a test moves them. */
export const NOW = new Date('2026-06-10T12:00:00Z');

/** The Monday before: its reports are there, and may still change. */
export const MONDAY = '2026-06-08';

/** Activities of AI usage over PostgreSQL and the fake GitHub, with a clock that is handed in. */
export interface UsageWorld {
  readonly scene: Scene;
  readonly fake: FakeGitHub;
  readonly activities: AiUsageActivities;
  readonly teamId: bigint;
  readonly source: { readonly teamId: string; readonly organization: string };
  setClock(now: Date): void;
  /** Rows of a table with the physical version of each: equal dumps mean that nothing was written. */
  dump(table: string): Promise<string[]>;
  rows<Row>(text: string): Promise<Row[]>;
  close(): Promise<void>;
}

export async function openUsageWorld(): Promise<UsageWorld> {
  let clock = NOW;
  const now = () => clock;
  const scene = await openScene();
  const source = generateOrganisation({ seed: 5, now: NOW, since: NOW, daysAhead: 0 });
  const { teamId, github, secrets } = await connectTeam(scene.maintenanceDb(), { source, now });
  await withTeam(scene.db, teamId, (tx) =>
    connectAiUsageSource(tx, { teamId, source: 'COPILOT', organization: ORGANIZATION }),
  );
  return {
    scene,
    fake: github,
    teamId,
    activities: createAiUsageActivities(
      createGitHubContext({
        db: scene.db,
        secrets,
        createGitHub: connectorFor(now),
        concurrentRequests: 1,
        reserve: 0.2,
        now,
      }),
    ),
    source: { teamId: String(teamId), organization: ORGANIZATION },
    setClock: (to) => {
      clock = to;
    },
    dump: async (table) => {
      const { rows } = await scene.sql.query<{ line: string }>(
        `SELECT tableoid::regclass || ' ' || xmin || ' ' || to_jsonb(t) AS line FROM "${table}" t ORDER BY 1`,
      );
      return rows.map(({ line }) => line);
    },
    rows: async <Row>(text: string) => (await scene.sql.query(text)).rows as Row[],
    close: async () => {
      await github.close();
      await scene.close();
    },
  };
}
