import { AI_TOOLS } from '../ai-tools/ai-tools.ts';
import type { ActorFact } from '../members/actor.ts';
import { strongest, toSignal } from './ai-signals.ts';
import type { AiSignalFact } from './github-facts.ts';

const BRANCHES = AI_TOOLS.flatMap((tool) =>
  tool.branches.length + tool.weakBranches.length === 0
    ? []
    : [{ tool, given: starting(tool.branches), maybe: starting(tool.weakBranches) }],
);

function starting(patterns: readonly string[]): RegExp | null {
  return patterns.length === 0 ? null : new RegExp(`^(?:${patterns.join('|')})`, 'i');
}

/** Words of a label before a tool's name that say that it was used, and after it. */
const LABEL_BEFORE =
  '(?:ai-(?:tool|agent|assistant)|ai|agent|assistant|generated-(?:by|with)|made-(?:by|with)|written-(?:by|with)|assisted-by)';
const LABEL_AFTER = '(?:generated|assisted|authored|written)';

const LABELS = AI_TOOLS.map((tool) => {
  const names = [...new Set([tool.key, toSlug(tool.label), ...tool.weakLabels])].join('|');
  return {
    tool,
    used: new RegExp(`^(?:${LABEL_BEFORE}-(?:${names})|(?:${names})-${LABEL_AFTER})$`),
    maybe: new Set(tool.weakLabels),
  };
});

/** Labels are 50 characters long at GitHub. */
const MAX_LABEL_CHARACTERS = 100;

/**
 * The signal that a head branch is whose beginning a tool gives to its branches. Where people may have given it, it is
 * weak, and none where it begins with the author's own name.
 */
export function signalsOfBranch(branch: string, author: ActorFact): readonly AiSignalFact[] {
  if (isOwnName(branch, author)) {
    return [];
  }
  const found = BRANCHES.flatMap(({ tool, given, maybe }) => {
    if (given?.test(branch) === true) {
      return [toSignal(tool, 'BRANCH', 'branch', branch)];
    }
    return maybe?.test(branch) === true ? [toSignal(tool, 'BRANCH', 'branch', branch, 'WEAK')] : [];
  });
  return strongest(found);
}

/** `claude/fix` is Claude Dubois's. */
function isOwnName(branch: string, { kind, login, name }: ActorFact): boolean {
  const prefix = branch.slice(0, Math.max(0, branch.indexOf('/'))).toLowerCase();
  const words = `${login} ${name ?? ''}`.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return kind === 'HUMAN' && prefix !== '' && words.includes(prefix);
}

/** Signals of labels, one a tool: strong where a label says that the tool was used, weak where it only names it. */
export function signalsOfLabels(labels: readonly string[]): readonly AiSignalFact[] {
  return strongest(
    labels.flatMap((label) => {
      const slug = toSlug(label.slice(0, MAX_LABEL_CHARACTERS));
      const used = LABELS.find((one) => one.used.test(slug));
      const known = used ?? LABELS.find((one) => one.maybe.has(slug));
      const strength = used === undefined ? 'WEAK' : 'STRONG';
      return known === undefined ? [] : [toSignal(known.tool, 'LABEL', 'label', label, strength)];
    }),
  );
}

function toSlug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
