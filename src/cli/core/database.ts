import {
  openPlatform,
  openPlatformDatabase,
  type Platform,
  type PlatformOptions,
} from '../../runtime/platform/platform.ts';
import { SetupError } from '../../runtime/embedded/setup-error.ts';
import { findDatabaseDrift, migrateDatabase } from '../../runtime/platform/workspace.ts';
import type { CommandContext } from './command.ts';

/**
 * How a command opens the database and Temporal: it shows how far that is, gives it up when it is stopped, and ends them
 * with itself.
 */
export function platformOptions(
  context: CommandContext,
  choice: Pick<PlatformOptions, 'joinRunning' | 'makesDatabase'>,
): PlatformOptions {
  const { lifetime, progress } = context;
  const onProgress = (message: string): void => progress.update(message);
  const onPartEnded = (sentence: string): void =>
    lifetime.fail(new SetupError(`${sentence} Everything is stopped: run the command again.`));
  return { ...context, ...lifetime, ...choice, onProgress, onPartEnded };
}

/**
 * Opens the database alone; it is ended with the command.
 * @param makesDatabase whether one is made where there is none: a command that only reads must not leave one behind
 */
export async function openDatabase(
  context: CommandContext,
  makesDatabase = false,
): Promise<Pick<Platform, 'database'>> {
  const database = await openPlatformDatabase(
    platformOptions(context, { joinRunning: true, makesDatabase }),
  );
  context.progress.stop();
  return { database };
}

/** Opens the database and Temporal; both are ended with the command. */
export async function openAll(context: CommandContext): Promise<Platform> {
  const platform = await openPlatform(
    platformOptions(context, { joinRunning: true, makesDatabase: false }),
  );
  context.progress.stop();
  return platform;
}

/** Applies what is missing and says what it was. */
export async function migrateCommand(context: CommandContext): Promise<number> {
  const applied = await migrateDatabase(
    await openDatabase(context, true),
    context.projectDirectory,
  );
  context.print(
    applied.length === 0
      ? 'The database is up to date.\n'
      : `Applied ${applied.length} migration(s): ${applied.join(', ')}\n`,
  );
  return 0;
}

/** Exit code 1 and one line a difference when the database is not what the migrations make. */
export async function driftCommand(context: CommandContext): Promise<number> {
  const drift = await findDatabaseDrift(await openDatabase(context), context.projectDirectory);
  context.print(
    drift.length === 0
      ? 'The database is what the data model and the golden catalogue say.\n'
      : `${drift.join('\n')}\n`,
  );
  return drift.length === 0 ? 0 : 1;
}
