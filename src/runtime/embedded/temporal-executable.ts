import { join } from 'node:path';
import type { Progress } from './progress.ts';
import { SetupError } from './setup-error.ts';
import { createTemporalProbes, type TemporalProbes } from './temporal-probes.ts';

/** The one version that is downloaded and built, and the server inside it, by which a found one is compared. */
const TEMPORAL_CLI_VERSION = '1.5.1';
export const TEMPORAL_SERVER_VERSION = '1.29.1';

export interface TemporalExecutableOptions {
  /** TEMPORAL_CLI_PATH: when given, nothing else is tried. */
  readonly cliPath?: string | undefined;
  /** Whose PATH, HOME and XDG_CACHE_HOME count. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onProgress: Progress;
  /** How each step looks at the world; by default as it is. */
  readonly probes?: TemporalProbes;
}

export interface TemporalExecutable {
  readonly path: string;
  /** What it says of itself, such as "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)". */
  readonly version: string;
  readonly source: 'setting' | 'path' | 'cache' | 'download' | 'build';
  /** Set when it is another version than the pinned one. */
  readonly warning?: string;
}

/**
 * Finds the executable of Temporal's dev server, in this order: the setting, PATH, our cache, the SDK's download, a
 * build from source. The last two put it into the cache. A broken one in the cache is replaced, a broken one on PATH
 * passed over. Throws SetupError with what to do when there is none.
 */
export async function findTemporalExecutable(
  options: TemporalExecutableOptions,
): Promise<TemporalExecutable> {
  const { cliPath, environment, onProgress } = options;
  const probes = options.probes ?? createTemporalProbes(environment);
  if (cliPath !== undefined) {
    const version = await probes.readVersion(cliPath);
    if (version === undefined) {
      throw new SetupError(
        `TEMPORAL_CLI_PATH names ${cliPath}, which does not run as Temporal's command line tool; correct it or unset it.`,
      );
    }
    return describe(cliPath, version, 'setting');
  }
  const onPath = await probes.findOnPath('temporal');
  if (onPath !== undefined) {
    const version = await probes.readVersion(onPath);
    if (version !== undefined) {
      return describe(onPath, version, 'path');
    }
    onProgress(`${onPath} does not run and is passed over`);
  }
  return findInCache(probes, onProgress);
}

async function findInCache(
  probes: TemporalProbes,
  onProgress: Progress,
): Promise<TemporalExecutable> {
  const directory = join(probes.cacheDirectory, `temporal-${TEMPORAL_CLI_VERSION}`);
  const path = join(directory, 'temporal');
  const cached = await probes.readVersion(path);
  if (cached !== undefined) {
    return describe(path, cached, 'cache');
  }
  const complaints: string[] = [];
  for (const source of ['download', 'build'] as const) {
    try {
      await probes[source]({ version: TEMPORAL_CLI_VERSION, path, onProgress });
      const version = await probes.readVersion(path);
      if (version !== undefined) {
        return describe(path, version, source);
      }
      complaints.push(`${source}: what came does not run`);
    } catch (error) {
      complaints.push(`${source}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new SetupError(
    `Temporal's dev server was not found and could not be had (${complaints.join('; ')}). ` +
      `Install Temporal's command line tool (https://docs.temporal.io/cli) or Go (https://go.dev/dl) and start again, ` +
      `or name an executable in TEMPORAL_CLI_PATH or a Temporal server in TEMPORAL_ADDRESS.`,
  );
}

function describe(
  path: string,
  version: string,
  source: TemporalExecutable['source'],
): TemporalExecutable {
  const server = /Server (\d+\.\d+\.\d+)/.exec(version)?.[1];
  const found = { path, version, source };
  return server === TEMPORAL_SERVER_VERSION
    ? found
    : {
        ...found,
        warning: `${path} has Temporal server ${server ?? 'of an unknown version'}; Throughline is tested with ${TEMPORAL_SERVER_VERSION}.`,
      };
}
