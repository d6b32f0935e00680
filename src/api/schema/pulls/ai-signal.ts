import { readAiSignals, type AiSignalSummary } from '../../../db/reads/pull-request-signals.ts';
import type { AiToolCategory } from '../../../domain/ai-tools/ai-tool.ts';
import { AI_TOOLS } from '../../../domain/ai-tools/ai-tools.ts';
import type {
  AiSignalKind as Kind,
  AiSignalStrength as Strength,
} from '../../../domain/pulls/github-facts.ts';
import { builder } from '../../core/builder.ts';
import { defineEnum } from '../../core/enums.ts';
import { costs } from '../../core/field-cost.ts';

const AiSignalKind = defineEnum<Kind>(
  'AiSignalKind',
  'How the involvement of an AI tool was detected.',
  {
    TEXT: 'A title, description, review or commit message mentions it.',
    CO_AUTHOR: 'A trailer such as Co-authored-by lists it.',
    TRAILER:
      'Another trailer names it, such as Assisted-by, Generated-by, Made-with or the id of a session.',
    COMMIT_AUTHOR: 'It is the author or the committer of a commit.',
    ACCOUNT: 'Its account opened or reviewed the pull request.',
    BRANCH: 'The head branch begins as the tool names its branches.',
    LABEL: 'A label names it.',
    FILE: 'A configuration file of the tool was changed.',
  },
);

const AiSignalStrength = defineEnum<Strength>(
  'AiSignalStrength',
  'How much a signal of an AI tool says.',
  {
    STRONG: 'Only the use of the tool leaves this behind.',
    WEAK: 'A person or another program may have caused it as well: a name that people have, an address at the maker of the tool, or the trailer that VS Code wrote unasked from 2026-04-15 to 2026-05-03.',
  },
);

const AiSignalCategory = defineEnum<AiToolCategory>('AiSignalCategory', 'Category of an AI tool.', {
  CODE: 'The tool writes code.',
  REVIEW: 'The tool reviews code.',
  EXCLUDED: 'Neither, or unknown: the tool is not counted.',
});

/** Tools that a pull request names at the most; more are known, and nobody uses as many at once. */
const MAX_SIGNALS = 40;

const TOOLS = new Map(AI_TOOLS.map((tool) => [tool.key, tool]));

const AiSignal = builder.objectRef<AiSignalSummary>('AiSignal').implement({
  description: 'Evidence that one AI tool took part in a pull request.',
  fields: (t) => ({
    tool: t.exposeString('tool', { description: 'Key of the tool, such as claude-code.' }),
    label: t.string({
      description: 'Name of the tool.',
      // A tool that an earlier version of the list had.
      resolve: ({ tool }) => TOOLS.get(tool)?.label ?? tool,
    }),
    category: t.field({
      type: AiSignalCategory,
      description: 'Category of the tool.',
      resolve: ({ tool }) => TOOLS.get(tool)?.category ?? 'CODE',
    }),
    kinds: t.expose('kinds', {
      ...costs({ size: 8 }),
      type: [AiSignalKind],
      description: 'How it was detected, each kind once.',
    }),
    strength: t.field({
      type: AiSignalStrength,
      description: 'STRONG when any of the signals is.',
      resolve: ({ strength }) => strength,
    }),
    detectorVersion: t.exposeString('detectorVersion', {
      description:
        'Version of the list of tools by which it was found. A new version takes effect when the pull request is read again.',
    }),
    count: t.exposeInt('count', { description: 'In how many places it was found.' }),
    location: t.exposeString('location', {
      description:
        'The first place where it was found: title, body, author, branch, label, commit:…, file:… or review:….',
    }),
    evidence: t.exposeString('evidence', { description: 'Text that was found there.' }),
  }),
});

builder.prismaObjectField('PullRequest', 'aiSignals', (t) =>
  t.field({
    ...costs({ size: MAX_SIGNALS }),
    type: [AiSignal],
    description: `Evidence that AI tools took part, one entry per tool, up to ${MAX_SIGNALS}.`,
    resolve: async ({ teamId, id }, _args, context) => {
      const signals = await context.reads.load(readAiSignals, { teamId, id });
      return signals.slice(0, MAX_SIGNALS);
    },
  }),
);
