import type { Config } from '../../runtime/settings/config.ts';
import type { Environment } from '../../runtime/settings/environment.ts';
import type { Patience } from './asking-again.ts';
import type { Lifetime } from './lifetime.ts';
import type { ProgressLine } from './progress.ts';

/** What every command gets: the settings, and how long it lives. A command answers its exit code. */
export interface CommandContext {
  readonly config: Config;
  readonly environment: Environment;
  /** Where prisma/ and deploy/ lie. */
  readonly projectDirectory: string;
  readonly lifetime: Lifetime;
  readonly progress: ProgressLine;
  /** Standard input. */
  readonly input: NodeJS.ReadableStream;
  /** Writes to standard output; progress and complaints go to standard error. */
  readonly print: (text: string) => void;
}

/** A command asks the gateway until it is stopped, and says when it has to ask again. */
export function patienceOf({
  lifetime,
  progress,
}: Pick<CommandContext, 'progress'> & { readonly lifetime: Pick<Lifetime, 'signal'> }): Pick<
  Patience,
  'signal' | 'onPassing'
> {
  return {
    signal: lifetime.signal,
    onPassing: ({ message }) => progress.warn(`${message} Asking again.`),
  };
}
