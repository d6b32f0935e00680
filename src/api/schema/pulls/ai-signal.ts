import { readAiSignals, type AiSignalSummary } from '../../../db/reads/pull-request-signals.ts';
import { AI_TOOLS, type AiToolCategory } from '../../../domain/members/ai-tools.ts';
import type { AiSignalKind as Kind } from '../../../domain/pulls/github-facts.ts';
import { builder } from '../../core/builder.ts';
import { defineEnum } from '../../core/enums.ts';
import { costs } from '../../core/field-cost.ts';

const AiSignalKind = defineEnum<Kind>(
  'AiSignalKind',
  'How the involvement of an AI tool was detected.',
  {
    TEXT: 'A title, description, review or commit message mentions it.',
    CO_AUTHOR: 'A commit lists it as a co-author.',
    ACCOUNT: 'Its account opened or reviewed the pull request.',
    FILE: 'A configuration file of the tool was changed.',
  },
);

const AiSignalCategory = defineEnum<AiToolCategory>('AiSignalCategory', 'Category of an AI tool.', {
  CODE: 'The tool writes code.',
  REVIEW: 'The tool reviews code.',
  EXCLUDED: 'Neither, or unknown: the tool is not counted.',
});

/** Tools that a pull request names at the most: all that are known may be named at once. */
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
      ...costs({ size: 4 }),
      type: [AiSignalKind],
      description: 'How it was detected, each kind once.',
    }),
    count: t.exposeInt('count', { description: 'In how many places it was found.' }),
    location: t.exposeString('location', {
      description:
        'The first place where it was found: title, body, author, commit:…, file:… or review:….',
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
