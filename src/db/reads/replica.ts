import { DEADLINES } from '../../domain/core/deadlines.ts';
import type { Db } from '../core/client.ts';

export interface ReplicaOptions {
  readonly primary: Db;
  /** A streaming replica, as the application role. A server that is no standby counts as one without lag. */
  readonly replica: Db;
  /** A replica that is further behind is not read. */
  readonly maxLagSeconds: number;
  /** Told by the first look and by each that changes it: why the replica is not read, or null when it is. */
  readonly onChange: (reason: string | null) => void;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** How long a look at the replica waits for its answer. The product's deadline by default. */
  readonly lookMs?: number;
}

/** Decides which reads a replica may answer. */
export interface Replica {
  /** The replica, unless it is away, too far behind, or has not replayed what the user has written last. */
  choose(userId: bigint): Promise<Db>;
  /** The user's reads stay on the primary until the replica has replayed everything that is committed now. */
  noteWrite(userId: bigint): Promise<void>;
}

/** How long one look at the replica holds. */
const CHECK_INTERVAL_MS = 1_000;

/** Users whose last write is remembered, the latest; of an earlier one a read may be as old as the lag allows. */
const MAX_WRITERS = 10_000;

/** Behind every position that there is. */
const NEVER = 2n ** 64n;

/** The position behind the last record, whether it is written out or not: no commit is beyond it. */
const WRITTEN = 'SELECT pg_current_wal_insert_lsn()::text AS lsn';

/** The age of the newest commit that was replayed says how old reads are, where there is anything left to replay. */
const REPLAYED = `
SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()::text END AS lsn,
  pg_is_in_recovery() AS "isStandby", current_setting('TimeZone') AS zone,
  extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 AS "ageSeconds"`;

interface ReplayedRow {
  readonly lsn: string | null;
  readonly isStandby: boolean;
  readonly zone: string;
  readonly ageSeconds: number | null;
}

/** Result of the last check of the replica. */
interface ReplicaState {
  /** Why it is not read; null when it is. */
  readonly reason: string | null;
  readonly replayed: bigint;
}

/** Looks at the replica when a read asks for it, at most once a second. Until it was seen, the primary answers. */
export function createReplica(options: ReplicaOptions): Replica {
  const { primary, replica, maxLagSeconds, now, lookMs = DEADLINES.reads.replicaMs } = options;
  const writes = new Map<bigint, bigint>();
  let last: ReplicaState = { reason: 'it was not looked at yet', replayed: 0n };
  let checkedAt = Number.NEGATIVE_INFINITY;
  let checking: Promise<ReplicaState> | undefined;

  async function ask(): Promise<ReplicaState> {
    const [[written], [seen]] = await Promise.all([
      primary.$queryRawUnsafe<{ lsn: string }[]>(WRITTEN),
      replica.$queryRawUnsafe<ReplayedRow[]>(REPLAYED),
    ]);
    if (written === undefined || seen === undefined) {
      throw new Error('a statement without FROM answered no row');
    }
    const replayed = seen.isStandby ? parsePosition(seen.lsn) : NEVER;
    const lag = replayed >= parsePosition(written.lsn) ? 0 : (seen.ageSeconds ?? Infinity);
    if (seen.zone !== 'UTC') {
      return { reason: `its sessions run in time zone ${seen.zone} and must be in UTC`, replayed };
    }
    return {
      reason: lag > maxLagSeconds ? `it is ${describeLag(lag)} behind` : null,
      replayed,
    };
  }

  async function checkReplica(): Promise<ReplicaState> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<ReplicaState>((resolve) => {
      const reason = `it does not answer within ${lookMs} ms`;
      timer = setTimeout(() => resolve({ reason, replayed: 0n }), lookMs);
    });
    const answer = ask().catch(() => ({ reason: 'it does not answer', replayed: 0n }));
    const seen = await Promise.race([answer, late]);
    clearTimeout(timer);
    const isFirst = checkedAt === Number.NEGATIVE_INFINITY;
    if (isFirst || (seen.reason === null) !== (last.reason === null)) {
      options.onChange(seen.reason);
    }
    last = seen;
    checkedAt = now();
    checking = undefined;
    return seen;
  }

  async function current(): Promise<ReplicaState> {
    if (now() - checkedAt < CHECK_INTERVAL_MS) {
      return last;
    }
    checking ??= checkReplica();
    // Nobody waits for a replica that was away a moment ago.
    return last.reason === null ? checking : last;
  }

  function remember(userId: bigint, position: bigint): void {
    const known = writes.get(userId) ?? 0n;
    writes.delete(userId);
    writes.set(userId, known !== NEVER && known > position ? known : position);
    const [oldest] = writes.keys();
    if (writes.size > MAX_WRITERS && oldest !== undefined) {
      writes.delete(oldest);
    }
  }

  return {
    choose: async (userId) => {
      const { reason, replayed } = await current();
      const needed = writes.get(userId) ?? 0n;
      if (reason !== null || replayed < needed) {
        return primary;
      }
      writes.delete(userId);
      return replica;
    },
    noteWrite: async (userId) => {
      remember(userId, NEVER);
      // What cannot be asked now leaves the user on the primary, which is right, if not fast.
      const rows = await primary.$queryRawUnsafe<{ lsn: string }[]>(WRITTEN).catch(() => []);
      for (const { lsn } of rows) {
        remember(userId, parsePosition(lsn));
      }
    },
  };
}

/** A position in the write-ahead log, such as 16/B374D848, as a number; 0 when there is none. */
function parsePosition(lsn: string | null): bigint {
  const [high = '0', low = '0'] = (lsn ?? '0/0').split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

function describeLag(seconds: number): string {
  return Number.isFinite(seconds) ? `${Math.round(seconds)} s` : 'nobody knows how far';
}
