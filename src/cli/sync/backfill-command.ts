import { cancelBackfill, followBackfill, requestBackfill } from './backfill.ts';
import type { CommandContext } from '../core/command.ts';
import type { GraphQLClient } from '../core/graphql-client.ts';
import { openClient } from '../core/open-client.ts';
import { findTeam } from './find-team.ts';

export interface BackfillFlags {
  readonly team?: string;
  readonly days: number;
  readonly since?: Date;
  readonly follow: boolean;
  readonly run?: string;
  readonly cancel?: string;
  readonly json: boolean;
}

/** What a shell shows for a command that Ctrl-C has ended. */
const INTERRUPTED = 130;

/**
 * Starts a backfill over the gateway that runs, follows one, or cancels one.
 * @returns the exit code: 0, 1 when a backfill that was followed did not complete, 130 when following was ended
 */
export async function backfillCommand(
  context: CommandContext,
  names: readonly string[],
  flags: BackfillFlags,
): Promise<number> {
  const client = await openClient(context);
  if (flags.cancel !== undefined) {
    await cancelBackfill(client, flags.cancel);
    context.print('The backfill ends after the pages that run.\n');
    return 0;
  }
  const id = flags.run ?? (await startOne(context, client, names, flags));
  return flags.follow || flags.run !== undefined ? followOne(context, client, id, flags) : 0;
}

async function startOne(
  context: CommandContext,
  client: GraphQLClient,
  repositories: readonly string[],
  flags: BackfillFlags,
): Promise<string> {
  const started = await requestBackfill(client, {
    teamId: await findTeam(client, flags.team),
    repositories,
    reach: flags.since === undefined ? { daysBack: flags.days } : { since: flags.since },
  });
  if (flags.json && !flags.follow) {
    context.print(`${JSON.stringify(started)}\n`);
  } else if (!flags.json) {
    const what = started.joined ? 'Joined the backfill that runs' : 'Started a backfill';
    const shown = started.temporalUrl === null ? '' : `, seen at ${started.temporalUrl}`;
    context.print(`${what}${shown}.\n`);
    if (!flags.follow) {
      context.print(adviceOn(started.id));
    }
  }
  return started.id;
}

async function followOne(
  context: CommandContext,
  client: GraphQLClient,
  id: string,
  { json }: BackfillFlags,
): Promise<number> {
  const { signal } = context.lifetime;
  try {
    const job = await followBackfill(client, id, context.progress);
    if (json) {
      const { running: _running, ...shown } = job;
      context.print(`${JSON.stringify(shown)}\n`);
    }
    if (!signal.aborted) {
      return job.status === 'COMPLETED' ? 0 : 1;
    }
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  }
  context.progress.stop();
  context.print(`The backfill goes on without this command.\n${adviceOn(id)}`);
  return INTERRUPTED;
}

function adviceOn(id: string): string {
  return `Follow it with: throughline backfill --run ${id}\nCancel it with: throughline backfill --cancel ${id}\n`;
}
