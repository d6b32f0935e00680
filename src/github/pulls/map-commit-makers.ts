import { parseTrailers } from '../../domain/core/git-trailers.ts';
import { classifyActor } from '../../domain/members/actor.ts';
import { signalsOfSignatures, toIdentity } from '../../domain/pulls/ai-identities.ts';
import type { AiSignalFact } from '../../domain/pulls/github-facts.ts';
import type { CommitNode } from './nested-pages.ts';

/** Names of the co-authors that the trailers of a message list, each once and without addresses. */
export function coAuthorsOf(message: string): readonly string[] {
  const names = parseTrailers(message)
    .filter(({ key }) => key.toLowerCase() === 'co-authored-by')
    .map(({ value }) => toIdentity(value).name);
  return [...new Set(names.filter((name) => name !== ''))];
}

/**
 * Signals of a commit's author and committer. Their addresses are looked at and not kept. Whatever cannot be read of them
 * shows nothing, and costs the commit nothing.
 */
export function signalsOfMakers(
  sha: string,
  { author, committer }: Pick<CommitNode, 'author' | 'committer'>,
): readonly AiSignalFact[] {
  const makers = [author, committer].filter((maker) => maker != null);
  return signalsOfSignatures(
    `commit:${sha}`,
    makers.map(({ name, email, user }) => {
      const login = textOf(user?.login);
      return {
        name: textOf(name).trim(),
        address: textOf(email).toLowerCase(),
        agentLogin: classifyActor(login, 'User').kind === 'AI_AGENT' ? login : null,
      };
    }),
  );
}

/** No tool has a longer name or address. */
const MAX_CHARACTERS = 300;

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_CHARACTERS) : '';
}
