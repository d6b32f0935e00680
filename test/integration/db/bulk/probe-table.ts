import type pg from 'pg';
import type { TableDescriptor } from '../../../../src/db/bulk/table-descriptor.ts';

/** A tenant table with a column of every type that the bulk writer knows. */
export interface Probe {
  readonly name: string;
  /** A calendar date. */
  readonly day: string;
  readonly n: number;
  readonly big: bigint | null;
  readonly isOpen: boolean;
  readonly note: string | null;
  readonly tags: readonly string[];
  readonly seenAt: Date;
  readonly amount: string | null;
  readonly syncedAt: Date;
}

export interface StoredProbe extends Probe {
  readonly id: string;
}

/** Values of a row that a test does not care about. */
export function probe(given: Partial<Probe> = {}): Probe {
  return {
    name: 'a',
    day: '2026-03-04',
    n: 0,
    big: null,
    isOpen: true,
    note: null,
    tags: [],
    seenAt: new Date('2026-03-04T12:00:00Z'),
    amount: null,
    syncedAt: new Date('2026-03-04T13:00:00Z'),
    ...given,
  };
}

export const PROBE: TableDescriptor<Probe> = {
  table: 'probe',
  columns: [
    { name: 'name', type: 'text', value: (row) => row.name },
    { name: 'day', type: 'date', value: (row) => row.day },
    { name: 'n', type: 'integer', value: (row) => row.n },
    { name: 'big', type: 'bigint', value: (row) => row.big },
    { name: 'is_open', type: 'boolean', value: (row) => row.isOpen, compare: 'and' },
    { name: 'note', type: 'text', value: (row) => row.note },
    { name: 'tags', type: 'text[]', value: (row) => row.tags },
    { name: 'seen_at', type: 'timestamptz', value: (row) => row.seenAt },
    { name: 'amount', type: 'numeric', value: (row) => row.amount },
    { name: 'synced_at', type: 'timestamptz', value: (row) => row.syncedAt, compare: 'skip' },
  ],
  key: ['name', 'day'],
  newest: 'seen_at',
  returning: ['name', 'day', 'id'],
};

/** Makes the table, under row-level security as the others are. */
export async function createProbe(sql: pg.Client): Promise<void> {
  await sql.query(`
    CREATE TABLE probe (
      team_id bigint NOT NULL, id bigserial NOT NULL, name text NOT NULL, day date NOT NULL,
      n integer NOT NULL DEFAULT 0 CONSTRAINT probe_n_check CHECK (n >= 0), big bigint,
      is_open boolean NOT NULL DEFAULT true, note text, tags text[] NOT NULL DEFAULT '{}',
      seen_at timestamptz(3) NOT NULL DEFAULT now(), amount numeric,
      synced_at timestamptz(3) NOT NULL DEFAULT now(),
      PRIMARY KEY (team_id, name, day), UNIQUE (team_id, seen_at, name)
    );
    ALTER TABLE probe ENABLE ROW LEVEL SECURITY;
    CREATE POLICY probe_team ON probe TO throughline_application
      USING (team_id = ANY (nullif(current_setting('app.team_ids', true), '')::bigint[]));
    GRANT SELECT, INSERT, UPDATE, DELETE ON probe TO throughline_application;
    GRANT USAGE ON SEQUENCE probe_id_seq TO throughline_application;`);
}

/** The rows of a team in order of their names (by byte) and days. */
export async function readProbes(sql: pg.Client, teamId: bigint): Promise<StoredProbe[]> {
  const { rows } = await sql.query<Omit<StoredProbe, 'big'> & { readonly big: string | null }>(
    `SELECT id::text, name, day::text, n, big::text, is_open AS "isOpen", note, tags, seen_at AS "seenAt",
      amount::text, synced_at AS "syncedAt"
    FROM probe WHERE team_id = $1 ORDER BY name COLLATE "C", day`,
    [teamId],
  );
  return rows.map((row) => ({ ...row, big: row.big === null ? null : BigInt(row.big) }));
}
