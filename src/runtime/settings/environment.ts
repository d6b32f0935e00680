import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** Names and values as a process receives them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Puts the `.env` file of `directory`, if there is one, below the given environment. A name that the environment has,
 * even with an empty value, wins, so `GITHUB_TOKEN= npm start` switches off what the file sets.
 * Throws when the file is there and cannot be read.
 */
export function loadEnvironment(directory: string, environment: Environment): Environment {
  let text: string;
  try {
    text = readFileSync(join(directory, '.env'), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return environment;
    }
    throw error;
  }
  return { ...parseEnv(text), ...environment };
}
