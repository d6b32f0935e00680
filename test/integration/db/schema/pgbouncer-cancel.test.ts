import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Db } from '../../../../src/db/core/client.ts';
import { createNodeDb } from '../../../../src/db/core/node-client.ts';
import { createReadSource } from '../../../../src/db/reads/read-source.ts';
import { PATIENT } from '../../../support/patience.ts';
import {
  findPgbouncer,
  startPgbouncer,
  type RunningPgbouncer,
} from '../../../support/postgres/pgbouncer.ts';
import { expectNothingLeft } from '../bulk/pooled-connections.ts';
import { openScene, type Scene } from '../scene.ts';

/** Two for the sessions, and one over which a statement is cancelled. */
const POOL_SIZE = 3;

const SLEEP = 'SELECT pg_sleep($1::float8)::text AS slept';

const found = await findPgbouncer();
const isMissing = 'reason' in found;

describe.skipIf(isMissing)(
  `a statement behind PgBouncer${isMissing ? ` is not tested here: ${found.reason}` : ''}`,
  () => {
    let scene: Scene;
    let pooler: RunningPgbouncer;
    let db: Db;

    beforeAll(async () => {
      if (isMissing) {
        return;
      }
      scene = await openScene();
      pooler = await startPgbouncer(found, {
        databaseUrl: scene.database.applicationUrl,
        poolSize: POOL_SIZE,
      });
      db = createNodeDb({
        connectionString: pooler.url,
        poolSize: 4,
        applicationName: 'throughline-test pooled',
        onConnectionError: () => undefined,
        deadlines: PATIENT.database,
      });
    });

    afterAll(async () => {
      await db?.$disconnect();
      await pooler?.stop();
      await scene?.close();
    });

    it('is cancelled there too, and what others run over the same connections is not', async () => {
      const source = createReadSource(db, PATIENT.reads);
      const scope = { userId: 1n, teamIds: [] };
      const other = source.open(scope);
      await other.query(SLEEP, [0]);
      const others = other.query(SLEEP, [1]);
      for (let round = 0; round < 5; round += 1) {
        const session = source.open(scope);
        await session.query(SLEEP, [0]);
        const sleeping = session.query(SLEEP, [3_600]);
        session.abort(new Error('left'));
        await expect(sleeping).rejects.toThrow('left');
        await session.close();
      }
      await expect(others).resolves.toHaveLength(1);
      await other.close();
      await expectNothingLeft(pooler.url, POOL_SIZE);
    });
  },
);
