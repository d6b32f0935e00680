import { join } from 'node:path';
import { DomainError } from '../../domain/core/errors.ts';
import { formatRepositoryName, parseRepositoryName } from '../../domain/sync/repository-name.ts';
import type { Config } from '../../runtime/settings/config.ts';
import { loadDemo } from '../core/load-demo.ts';
import type { DemoUsage } from './demo-usage.ts';

/** Where a start gets its pull requests from. */
export interface Source {
  /** In plain words, for the first lines of the output. */
  readonly description: string;
  readonly team: { readonly slug: string; readonly name: string };
  readonly apiUrl: string;
  readonly token: string;
  /** `owner/name` of each repository to sync. */
  readonly repositories: readonly string[];
  /** Usage of AI tools that is imported for the team; null where nothing is made up. */
  readonly usage: readonly DemoUsage[] | null;
  /** Null: the whole history unless the caller says otherwise. */
  readonly defaultDays: number | null;
  close(): Promise<void>;
}

export interface SourceOptions {
  readonly config: Config;
  /** `owner/name`s of the command line. */
  readonly names: readonly string[];
  /** Folders with recordings. */
  readonly recordings: readonly string[];
  /** Slug of the team of real repositories; null for the usual one. */
  readonly team: string | null;
  readonly now: () => Date;
}

const DEFAULT_DAYS = 90;

/** Makes the demo organisation the same on every machine and every start. */
const DEMO_SEED = 20_260_101;

const DEMO_TOKEN = 'demo-token-of-the-fake-github';
const DEMO_TEAM = { slug: 'demo', name: 'Demo team' };
const LIVE_TEAM = { slug: 'home', name: 'Home team' };

/**
 * Opens what the command line asks for: named repositories on GitHub, recordings, or the demo organisation; the latter
 * two are served by a fake GitHub on a free loopback port.
 * @throws DomainError INVALID_INPUT with what to do
 */
export async function openSource(options: SourceOptions): Promise<Source> {
  const names = options.names.map((name) => formatRepositoryName(parseRepositoryName(name)));
  if (names.length > 0 && options.recordings.length > 0) {
    throw new DomainError(
      'INVALID_INPUT',
      'Name repositories or a recording, not both: their teams are kept apart.',
    );
  }
  if (names.length === 0 && options.team !== null) {
    throw new DomainError(
      'INVALID_INPUT',
      '--team names the team of real repositories: name them as owner/name.',
    );
  }
  return names.length > 0 ? openLive(options, names) : openFake(options);
}

function openLive({ config, team }: SourceOptions, names: readonly string[]): Source {
  const { apiUrl, token } = config.github;
  if (token === undefined) {
    throw new DomainError(
      'INVALID_INPUT',
      `GITHUB_TOKEN is not set: put a token that may read pull requests of ${names.join(', ')} into the environment or .env, or leave the names away to see the demo organisation.`,
    );
  }
  return {
    description: `${names.join(', ')} from ${new URL(apiUrl).host}`,
    team: team === null ? LIVE_TEAM : { slug: team, name: team },
    apiUrl,
    token,
    repositories: names,
    defaultDays: DEFAULT_DAYS,
    usage: null,
    close: async () => undefined,
  };
}

async function openFake(options: SourceOptions): Promise<Source> {
  const {
    combineSources,
    generateOrganisation,
    readRecording,
    startFakeGitHub,
    usageOfOrganisation,
  } = await loadDemo();
  const organisation = generateOrganisation({ seed: DEMO_SEED, now: options.now() });
  const recordings = await Promise.all(options.recordings.map(readRecording));
  const isDemo = recordings.length === 0;
  const repositories = (isDemo ? [organisation] : recordings)
    .flatMap((source) => source.repositories)
    .map(({ owner, name }) => join(owner, name));
  // Beside recordings the demo organisation is served too: its repositories are of the same team, and a backfill of
  // theirs that was killed goes on with this start.
  const github = await startFakeGitHub({
    source: combineSources(organisation, ...recordings),
    token: DEMO_TOKEN,
    now: options.now,
  });
  return {
    description: isDemo
      ? 'a made-up organisation, served by a fake GitHub on this machine (name repositories as owner/name and set GITHUB_TOKEN for real ones)'
      : `the recording of ${repositories.join(', ')}, served by a fake GitHub on this machine`,
    team: DEMO_TEAM,
    apiUrl: github.url,
    token: DEMO_TOKEN,
    repositories,
    defaultDays: isDemo ? DEFAULT_DAYS : null,
    usage: isDemo ? usageOfOrganisation({ seed: DEMO_SEED, now: options.now() }) : null,
    close: () => github.close(),
  };
}
