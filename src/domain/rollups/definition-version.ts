/**
 * Version of the metric definitions, stored with every rollup. A change of any definition is a new version, and so is one
 * of the accounts that count as agents.
 *
 * v2: accounts of users that belong to a tool are agents, such as claude and cursoragent; so are more apps. Whoever is not
 * the author, a bot or an AI agent reviews, deleted and imported accounts too. Reviewed pull requests are counted.
 * v3: pull requests that were reviewed, merged or closed before they were created are in no mean of times. A revert or
 * hotfix says so in form, not by a word in its title; work begins with the first commit of an unbroken run, or a pause before it; what was merged
 * into the head of another pull request, or into a branch that is not tracked, is counted apart. All three are computed from
 * what is stored of a pull request, before the rebuild for the definition computes weeks. A day of AI use is one with any count, credit
 * or hour, or one that its source says is; reports that were read before are read once more. What bots and AI agents merged
 * is known beside the sums of an author's merged pull requests: of AI agents' it is left out unless somebody asks for it.
 */
export const DEFINITION_VERSION = 'v3';

/** Whether a stored version is older than this code's: a worker that is not updated yet must not undo it. */
export function isOlderDefinition(stored: string, current: string = DEFINITION_VERSION): boolean {
  return Number(stored.slice(1)) < Number(current.slice(1));
}
