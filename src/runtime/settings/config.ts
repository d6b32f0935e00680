import { z } from 'zod';
import { allowHostOf, PUBLIC_GITHUB_URL } from '../../domain/connections/github-host.ts';
import { type LOG_LEVELS, SETTING_GROUPS, SETTINGS } from './settings.ts';

export type LogLevel = (typeof LOG_LEVELS)[number];

const SCHEMA = z.object(SETTING_GROUPS);

/** Every key is there, with undefined for what is unset. */
type Parsed = {
  readonly [G in keyof typeof SETTING_GROUPS]: Readonly<
    Required<z.output<(typeof SETTING_GROUPS)[G]>>
  >;
};
type General = Parsed['general'];

/** All settings of a process, parsed. `undefined` means unset; what then happens is in `SETTINGS`. */
export interface Config extends Omit<Parsed, 'client' | 'general'>, General {
  /** Whom commands ask that are clients of the API; undefined: what runs over the data directory. */
  readonly client: { readonly url: string; readonly token: string } | undefined;
}

/** The settings cannot be used. `complaints` has one sentence for each thing that is wrong, without secrets. */
export class ConfigError extends Error {
  readonly complaints: readonly string[];

  constructor(complaints: readonly string[]) {
    const intro =
      complaints.length === 1
        ? 'A setting cannot be used:'
        : `${complaints.length} settings cannot be used:`;
    super([intro, ...complaints.map((complaint) => `  - ${complaint}`)].join('\n'));
    this.name = 'ConfigError';
    this.complaints = complaints;
  }
}

/** The settings of a start that serves a GitHub of its own. */
export function allowGitHubAt(config: Config, apiUrl: string): Config {
  const { github } = config;
  return apiUrl === github.apiUrl ? config : { ...config, github: allowGitHub(github, apiUrl) };
}

function allowGitHub(github: Config['github'], apiUrl: string): Config['github'] {
  return { ...github, allowedHosts: allowHostOf(apiUrl, github.allowedHosts) };
}

/** Names with this beginning are ours: one that is no setting is a misspelt one. */
const PREFIX = 'THROUGHLINE_';

/**
 * Parses the environment. An empty or blank value counts as unset; unknown THROUGHLINE_ names are refused, because a
 * misspelt setting would otherwise be ignored in silence. Throws ConfigError with all complaints at once.
 */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const input: Record<string, Record<string, string | undefined>> = {};
  for (const { name, path } of SETTINGS) {
    const [group, key] = path;
    input[group] = { ...input[group], [key]: environment[name]?.trim() || undefined };
  }
  const { data, error } = SCHEMA.safeParse(input);
  const complaints = [...(error?.issues ?? []).map(toComplaint), ...findUnknown(environment)];
  if (data === undefined || complaints.length > 0) {
    throw new ConfigError([...new Set(complaints)]);
  }
  const { client, github, general, ...groups } = data as Parsed;
  const { url, token } = client;
  return {
    ...groups,
    ...general,
    github: github.apiUrl === PUBLIC_GITHUB_URL ? github : allowGitHub(github, github.apiUrl),
    client: url === undefined || token === undefined ? undefined : { url, token },
  };
}

function toComplaint({ path, message }: z.core.$ZodIssue): string {
  const setting = SETTINGS.find((each) => each.path.every((part, index) => part === path[index]));
  return `${setting?.name} ${message}.`;
}

function findUnknown(environment: Readonly<Record<string, string | undefined>>): string[] {
  const names = SETTINGS.map(({ name }) => name).filter((name) => name.startsWith(PREFIX));
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !names.includes(name))
    .toSorted()
    .map((name) => `${name} is not a setting; there are ${names.join(', ')}.`);
}
