import type { AiTool } from '../ai-tools/ai-tool.ts';
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
const LABEL_BEFORE = [
  'ai',
  'ai-tool',
  'ai-agent',
  'ai-assistant',
  'agent',
  'assistant',
  'assisted-by',
  'generated-by',
  'generated-with',
  'made-by',
  'made-with',
  'written-by',
  'written-with',
];
const LABEL_AFTER = ['generated', 'assisted', 'authored', 'written'];

interface KnownLabel {
  readonly tool: AiTool;
  readonly strength: AiSignalFact['strength'];
}

/** Every label that shows a tool, as `toSlug` writes it; what says that the tool was used counts for more. */
const LABELS: ReadonlyMap<string, KnownLabel> = new Map([
  ...AI_TOOLS.flatMap((tool) => tool.weakLabels.map((label) => [label, weak(tool)] as const)),
  ...AI_TOOLS.flatMap((tool) =>
    [tool.key, toSlug(tool.label), ...tool.weakLabels].flatMap((name) =>
      [
        ...LABEL_BEFORE.map((word) => `${word}-${name}`),
        ...LABEL_AFTER.map((word) => `${name}-${word}`),
      ].map((label) => [label, { tool, strength: 'STRONG' }] as const),
    ),
  ),
]);

function weak(tool: AiTool): KnownLabel {
  return { tool, strength: 'WEAK' };
}

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
      const known = LABELS.get(toSlug(label.slice(0, MAX_LABEL_CHARACTERS)));
      return known === undefined
        ? []
        : [toSignal(known.tool, 'LABEL', 'label', label, known.strength)];
    }),
  );
}

function toSlug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
