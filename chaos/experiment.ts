import { createHash } from 'node:crypto';
import type { GitHubData } from '../src/demo/core/github-data.ts';
import { generateOrganisation } from '../src/demo/organisation/organisation.ts';
import { dumpBusinessRows } from '../test/support/rows/business-rows.ts';
import {
  createSyncWorld,
  type SyncWorld,
  type SyncWorldOptions,
} from '../test/support/worlds/sync-world.ts';
import type { Lab, LabTemporal } from './lab.ts';
import { startWorkerProcess } from './worker.ts';

/** What one experiment found. */
export interface Verdict {
  /** The pass criterion, in words. */
  readonly criterion: string;
  /** What was measured, in words and numbers. */
  readonly measured: string;
  readonly passed: boolean;
}

/** A fault of reliability.md G, and how it is made. */
export interface Experiment {
  /** F1 to F33. */
  readonly id: string;
  readonly fault: string;
  run(lab: Lab): Promise<Verdict>;
}

/** One thing that must hold, with what was found instead when it does not. */
export interface Check {
  readonly what: string;
  readonly holds: boolean;
}

/** All checks together: passed when each holds; else those that do not are named. */
export function toVerdict(criterion: string, measured: string, checks: readonly Check[]): Verdict {
  const broken = checks.filter((check) => !check.holds).map((check) => check.what);
  return {
    criterion,
    measured: broken.length === 0 ? measured : `${measured}; BROKEN: ${broken.join('; ')}`,
    passed: broken.length === 0,
  };
}

/**
 * A world of a lab: its own database and Temporal, workers in processes of their own. GitHub's clock stands at NOW unless
 * another one is given.
 */
export async function openWorld(
  lab: Lab,
  options: Omit<SyncWorldOptions, 'database' | 'temporal'>,
): Promise<SyncWorld & { readonly temporal: LabTemporal }> {
  const [temporal, database] = await Promise.all([
    lab.startTemporal(),
    lab.postgres.createDatabase(),
  ]);
  const world = await createSyncWorld({
    heartbeatSeconds: 3,
    now: () => NOW,
    ...options,
    temporal,
    database,
  });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= world.close().then(() => temporal.stop()));
  lab.onEnd(close);
  return { ...world, temporal, close };
}

export interface RequestedBackfill {
  readonly repositories: readonly string[];
  readonly since: Date;
}

/** When the made-up organisation is looked at; nothing in it depends on the real clock. */
export const NOW = new Date('2026-06-01T12:00:00Z');

/** From where on it is synced. */
const SINCE = new Date('2026-04-15T00:00:00Z');

/** A full run begins with half a year of work, a quick one with seven weeks. */
const FIRST_DAY = { full: new Date('2025-12-01T00:00:00Z'), quick: SINCE } as const;

/** The organisation that is synced, and the request for all or the first of its repositories. */
export function makeHistory(lab: Lab): {
  readonly source: GitHubData;
  readonly all: RequestedBackfill;
  readonly first: RequestedBackfill;
} {
  const since = lab.quick ? FIRST_DAY.quick : FIRST_DAY.full;
  const source = generateOrganisation({ seed: lab.seed, now: NOW, since });
  const repositories = source.repositories.map(({ owner, name }) => `${owner}/${name}`);
  return {
    source,
    all: { repositories, since },
    first: { repositories: repositories.slice(0, 1), since },
  };
}

/** Starts a backfill and answers its id. */
export async function startBackfill(world: SyncWorld, request: RequestedBackfill): Promise<string> {
  const { workflowId } = await world.launcher.startBackfill({
    teamId: String(world.teamId),
    repositories: request.repositories,
    since: request.since.toISOString(),
    requestedBy: null,
  });
  return workflowId;
}

/** Resolves with the result of a workflow; a failure is an answer too. */
export async function outcomeOf(world: SyncWorld, workflowId: string): Promise<string> {
  try {
    const result = (await world.client.workflow.getHandle(workflowId).result()) as {
      readonly outcome: string;
    };
    return result.outcome;
  } catch (error) {
    return error instanceof Error ? `failed: ${error.message}` : 'failed';
  }
}

/** Runs a backfill to its end and answers its outcome. */
export async function runBackfill(world: SyncWorld, request: RequestedBackfill): Promise<string> {
  return outcomeOf(world, await startBackfill(world, request));
}

/** Business rows as reliability.md G wants them compared: one hash a table. */
export type Fingerprint = Readonly<Record<string, string>>;

export async function fingerprint(world: SyncWorld): Promise<Fingerprint> {
  const rows = await dumpBusinessRows(world.maintenance);
  return Object.fromEntries(
    Object.entries(rows).map(([table, lines]) => [
      table,
      `${lines.length} rows, ${createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 12)}`,
    ]),
  );
}

/** Tables in which two runs differ, without those that count the requests of a disturbed run. */
export function differences(
  expected: Fingerprint,
  found: Fingerprint,
  without: readonly string[] = [],
): string[] {
  return Object.keys(expected).filter(
    (table) => !without.includes(table) && expected[table] !== found[table],
  );
}

/** What must hold after every experiment, whatever its fault. */
export async function invariants(world: SyncWorld): Promise<Check[]> {
  const running: string[] = [];
  for await (const { workflowId } of world.client.workflow.list({
    query: `ExecutionStatus = 'Running'`,
  })) {
    running.push(workflowId);
  }
  const open = await world.maintenance.syncRun.count({ where: { status: 'RUNNING' } });
  const { brokenRules } = world.github.stats();
  return [
    { what: `workflows still open: ${running.join(', ')}`, holds: running.length === 0 },
    { what: `${open} rows still RUNNING`, holds: open === 0 },
    { what: `GitHub's rules broken: ${brokenRules[0]}`, holds: brokenRules.length === 0 },
  ];
}

/** The same history synced without any fault, in a world of its own. */
export async function runUndisturbed(
  lab: Lab,
  options: Omit<SyncWorldOptions, 'database' | 'temporal'>,
  request: RequestedBackfill,
): Promise<{ readonly rows: Fingerprint; readonly seconds: number; readonly requests: number }> {
  const world = await openWorld(lab, options);
  const worker = await startWorkerProcess(lab, world);
  const startedAt = performance.now();
  await runBackfill(world, request);
  const seconds = (performance.now() - startedAt) / 1000;
  await worker.kill();
  const rows = await fingerprint(world);
  const requests = world.github.stats().requests.graphql;
  await world.close();
  return { rows, seconds, requests };
}

/** A run with a fault, and what it is compared with. */
export interface Comparison<Found> {
  readonly id: string;
  readonly options: Omit<SyncWorldOptions, 'database' | 'temporal'>;
  readonly request: RequestedBackfill;
  /** What GitHub shows in the end, where the fault changes that: the undisturbed run sees nothing else. */
  readonly final?: GitHubData;
  /** Tables that a fault may change: those that count requests and pages. */
  readonly without?: readonly string[];
  /** The run with the fault. It ends the workers that it started: then the rows are compared. */
  readonly disturb: (world: SyncWorld & { readonly temporal: LabTemporal }) => Promise<Found>;
}

/** A disturbed run beside an undisturbed one. */
export interface Compared<Found> {
  readonly expected: Awaited<ReturnType<typeof runUndisturbed>>;
  readonly found: Found;
  readonly seconds: number;
  /** Requests to GitHub's GraphQL in the disturbed run. */
  readonly requests: number;
  /** The invariants, and that both left the same rows. */
  readonly checks: readonly Check[];
}

/** Syncs a history without faults, then with one, each in a world of its own, and compares every business row. */
export async function compare<Found>(
  lab: Lab,
  { id, options, request, final = options.source, without = [], disturb }: Comparison<Found>,
): Promise<Compared<Found>> {
  lab.onProgress(`${id}: a run without faults`);
  const expected = await runUndisturbed(lab, { ...options, source: final }, request);
  const world = await openWorld(lab, options);
  lab.onProgress(`${id}: the run with the fault`);
  const startedAt = performance.now();
  const found = await disturb(world);
  const seconds = (performance.now() - startedAt) / 1000;
  const differing = differences(expected.rows, await fingerprint(world), without);
  const broken = await invariants(world);
  const requests = world.github.stats().requests.graphql;
  await world.close();
  const isEqual = { what: `tables differ: ${differing.join(', ')}`, holds: differing.length === 0 };
  return { expected, found, seconds, requests, checks: [...broken, isEqual] };
}

/** Tables that record the syncs, not what was synced. */
export const SYNC_LOG_TABLES = ['sync_run', 'sync_page'];
