import { toConnectionTestStart } from '../../contracts/connections.ts';
import { findGithubConnection, type ConnectionRow } from '../../db/reads/github-connections.ts';
import type { RowKey } from '../../db/reads/rows-by-key.ts';
import type { ApiContext } from '../core/context.ts';
import { isPassing, notFound, orInstead } from '../core/errors.ts';

/** A test of a connection, as far as it came within the time that a mutation waits. */
export interface ConnectionTest {
  readonly key: RowKey;
  /** Null when Temporal did not take it. */
  readonly workflowId: string | null;
  /** False when it goes on: its result comes with the connection. */
  readonly isDone: boolean;
  /** False when Temporal did not take the schedules of the team, or was not asked for them. */
  readonly isScheduled: boolean;
}

export const SCHEDULED_DESCRIPTION =
  'False when Temporal did not take the schedules by which the team is synced: test the connection again.';

const TEST_POLL_MS = 500;

/** Reads a connection from the moment of the answer. @throws DomainError NOT_FOUND */
export async function showConnection(context: ApiContext, key: RowKey): Promise<ConnectionRow> {
  const found = await findGithubConnection(context.reads.session, key);
  if (found === null) {
    throw notFound('connection');
  }
  return found;
}

/** Reads a connection from a new moment. @throws DomainError NOT_FOUND */
export async function rereadConnection(context: ApiContext, key: RowKey): Promise<ConnectionRow> {
  await context.reads.refresh();
  return showConnection(context, key);
}

/**
 * Tests what was just stored and was never tested before. The credential is stored already: an error would say that it
 * is not, so the answer says when a test could not be started.
 */
export async function tryTest(context: ApiContext, key: RowKey): Promise<ConnectionTest> {
  const untested = { key, workflowId: null, isDone: false, isScheduled: false };
  return orInstead(startTest(context, key, 0), untested);
}

/**
 * Starts the test and makes the team's schedules, and waits until the row has a result of after `before`, in
 * milliseconds since 1970.
 * @throws DomainError TEMPORAL_UNAVAILABLE when the test is not taken
 */
export async function startTest(
  context: ApiContext,
  key: RowKey,
  before: number,
): Promise<ConnectionTest> {
  const { launcher, deadlines } = context.services;
  const start = toConnectionTestStart({ teamId: String(key.teamId), connectionId: String(key.id) });
  const first = await launcher.startWorkflow(start);
  const { workflowId } = first;
  const isScheduled = await isTaken(launcher.scheduleTeam(String(key.teamId)));
  const end = performance.now() + deadlines.connectionTestMs;
  let { joined } = first;
  while (performance.now() < end && !context.signal.aborted) {
    if ((await readTestedAt(context, key)) > before) {
      return { key, workflowId, isDone: true, isScheduled };
    }
    // A test that was joined may have read the credential of before, and be about to end.
    joined = joined && (await orInstead(launcher.startWorkflow(start), first)).joined;
    await new Promise((resolve) => setTimeout(resolve, TEST_POLL_MS));
  }
  return { key, workflowId, isDone: false, isScheduled };
}

/** Whether Temporal took what it was asked for. */
export function isTaken(request: Promise<void>): Promise<boolean> {
  return orInstead(
    request.then(() => true),
    false,
  );
}

/** Milliseconds since 1970; 0 for what was not tested, or cannot be read at the moment. */
async function readTestedAt(context: ApiContext, key: RowKey): Promise<number> {
  try {
    return (await rereadConnection(context, key)).testedAt?.getTime() ?? 0;
  } catch (error) {
    if (isPassing(error)) {
      return 0;
    }
    throw error;
  }
}
