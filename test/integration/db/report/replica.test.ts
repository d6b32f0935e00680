import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Db } from '../../../../src/db/core/client.ts';
import { createNodeDb } from '../../../../src/db/core/node-client.ts';
import { createReadSource, type ReadSource } from '../../../../src/db/reads/read-source.ts';
import type { ReadScope } from '../../../../src/db/reads/read-transaction.ts';
import { createReplica } from '../../../../src/db/reads/replica.ts';
import {
  startReplicatedClusters,
  type ReplicatedClusters,
} from '../../../support/postgres/replicated-clusters.ts';
import { addTeam, until } from '../scene.ts';
import { PATIENT } from '../../../support/patience.ts';

const WRITER = 1n;
const READER = 2n;

/** More than a look holds. */
const LATER_MS = 1_001;

let clusters: ReplicatedClusters;
let primary: Db;
let replica: Db;
let teamId: bigint;

beforeAll(async () => {
  clusters = await startReplicatedClusters();
  primary = connect(clusters.primaryUrl);
  replica = connect(clusters.replicaUrl);
  ({ teamId } = await addTeam(clusters.sql, 'ours'));
});

afterAll(async () => {
  await primary?.$disconnect();
  await replica?.$disconnect();
  await clusters?.close();
});

function connect(connectionString: string): Db {
  return createNodeDb({
    connectionString,
    poolSize: 4,
    applicationName: 'throughline-test replica',
    onConnectionError: () => undefined,
    deadlines: PATIENT.database,
  });
}

interface Reads {
  readonly source: ReadSource;
  readonly changes: (string | null)[];
  /** Lets the last look at the replica grow old. */
  later(): void;
}

function createReads(maxLagSeconds: number, given: Db = replica): Reads {
  let clock = 0;
  const changes: (string | null)[] = [];
  const decision = createReplica({
    primary,
    replica: given,
    maxLagSeconds,
    onChange: (reason) => changes.push(reason),
    now: () => clock,
    lookMs: PATIENT.reads.replicaMs,
  });
  return {
    source: createReadSource(primary, PATIENT.reads, decision),
    changes,
    later: () => {
      clock += LATER_MS;
    },
  };
}

interface Seen {
  readonly server: 'primary' | 'replica';
  readonly name: string;
}

/** Reads the team's name, and where it was read. */
async function read(
  { source }: Reads,
  userId: bigint,
  given: Partial<ReadScope> = {},
): Promise<Seen> {
  const session = source.open({ userId, teamIds: [teamId], ...given });
  try {
    const [row] = await session.query<Seen>(
      `SELECT CASE WHEN pg_is_in_recovery() THEN 'replica' ELSE 'primary' END AS server, name FROM team`,
      [],
    );
    return row ?? { server: 'primary', name: '' };
  } finally {
    await session.close();
  }
}

/** Looks again and again until the reads of a user come from a server. */
async function untilReadFrom(reads: Reads, userId: bigint, server: Seen['server']): Promise<void> {
  await until(async () => {
    reads.later();
    return (await read(reads, userId)).server === server;
  });
}

async function rename(name: string): Promise<void> {
  await clusters.sql.query('UPDATE team SET name = $1', [name]);
}

beforeEach(async () => {
  await rename('before');
  const reads = createReads(3600);
  await reads.source.noteWrite(READER);
  await untilReadFrom(reads, READER, 'replica');
});

describe('a streaming replica', () => {
  it('answers reads once it was seen, except those that need the primary', async () => {
    const reads = createReads(5);
    // It was not looked at yet, and nobody waits for that.
    expect(await read(reads, READER)).toEqual({ server: 'primary', name: 'before' });
    await untilReadFrom(reads, READER, 'replica');
    expect(await read(reads, READER)).toEqual({ server: 'replica', name: 'before' });
    expect((await read(reads, READER, { onPrimary: true })).server).toBe('primary');
    expect(reads.changes).toEqual([null]);
  });

  it('is one moment and read-only, under row-level security, as the primary is', async () => {
    const reads = createReads(5);
    await untilReadFrom(reads, READER, 'replica');
    const session = reads.source.open({ userId: READER, teamIds: [teamId] });
    expect((await session.db.team.findFirstOrThrow({})).name).toBe('before');
    await expect(session.query(`UPDATE team SET name = 'x'`, [])).rejects.toThrow(/read-only/);
    await session.close();
    const stranger = reads.source.open({ userId: READER, teamIds: [] });
    expect(await stranger.db.team.count()).toBe(0);
    await stranger.close();
  });

  it('that is further behind than allowed is not read until it has caught up', async () => {
    const reads = createReads(1);
    await untilReadFrom(reads, READER, 'replica');
    await pauseReplay();
    await rename('after');
    await untilReadFrom(reads, READER, 'primary');
    expect(await read(reads, READER)).toEqual({ server: 'primary', name: 'after' });
    expect(reads.changes.at(-1)).toMatch(/^it is \d+ s behind$/);
    await clusters.onReplica('SELECT pg_wal_replay_resume()');
    await untilReadFrom(reads, READER, 'replica');
    expect((await read(reads, READER)).name).toBe('after');
    expect(reads.changes.at(-1)).toBeNull();
  });

  it('is not behind because nothing is written', async () => {
    // Whatever was replayed last is older than a millisecond.
    const reads = createReads(0.001);
    await untilReadFrom(reads, READER, 'replica');
    expect(reads.changes.at(-1)).toBeNull();
  });

  it("does not answer a user until it has replayed the user's last write", async () => {
    const reads = createReads(3600);
    await untilReadFrom(reads, WRITER, 'replica');
    await pauseReplay();
    await rename('written');
    await reads.source.noteWrite(WRITER);
    reads.later();
    expect(await read(reads, WRITER)).toEqual({ server: 'primary', name: 'written' });
    expect(await read(reads, READER)).toEqual({ server: 'replica', name: 'before' });
    await clusters.onReplica('SELECT pg_wal_replay_resume()');
    await untilReadFrom(reads, WRITER, 'replica');
    expect((await read(reads, WRITER)).name).toBe('written');
  });

  it('that goes away leaves its reads to the primary at once, and is taken up again', async () => {
    const reads = createReads(5);
    await untilReadFrom(reads, READER, 'replica');
    await clusters.stopReplica();
    try {
      // The last look still says that it is there.
      expect((await read(reads, READER)).server).toBe('primary');
      reads.later();
      await read(reads, READER);
      await until(() => reads.changes.length === 2);
      expect(reads.changes).toEqual([null, 'it does not answer']);
      expect((await read(reads, READER)).server).toBe('primary');
    } finally {
      await clusters.startReplica();
    }
    await untilReadFrom(reads, READER, 'replica');
  });

  async function pauseReplay(): Promise<void> {
    await clusters.onReplica('SELECT pg_wal_replay_pause()');
    onTestFinished(() => clusters.onReplica('SELECT pg_wal_replay_resume()'));
  }
});

describe('a server that is given as the replica', () => {
  it('and is no standby is taken as one without lag', async () => {
    const second = connect(clusters.primaryUrl);
    onTestFinished(() => second.$disconnect());
    const reads = createReads(5, second);
    await reads.source.noteWrite(WRITER);
    await until(async () => {
      reads.later();
      await read(reads, WRITER);
      return reads.changes.length > 0;
    });
    expect(reads.changes).toEqual([null]);
    expect((await read(reads, WRITER)).name).toBe('before');
  });

  it('and does not speak UTC is not read', async () => {
    const url = new URL(clusters.replicaUrl);
    url.searchParams.set('options', '-c TimeZone=America/New_York');
    const elsewhere = connect(url.href);
    onTestFinished(() => elsewhere.$disconnect());
    const reads = createReads(5, elsewhere);
    await until(async () => {
      await read(reads, READER);
      return reads.changes.length > 0;
    });
    expect(reads.changes).toEqual([
      'its sessions run in time zone America/New_York and must be in UTC',
    ]);
    expect((await read(reads, READER)).server).toBe('primary');
  });
});
