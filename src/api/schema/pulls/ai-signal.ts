import { readAiSignals, type AiSignalSummary } from '../../../db/reads/pull-request-signals.ts';
import { AI_TOOLS, type AiToolCategory } from '../../../domain/members/ai-tools.ts';
import type { AiSignalKind as Kind } from '../../../domain/pulls/github-facts.ts';
import { builder } from '../../core/builder.ts';

const AiSignalKind = builder.enumType('AiSignalKind', {
  description: 'By what the part of an AI tool is told.',
  values: {
    TEXT: { description: 'A title, a body, a review or the message of a commit says so.' },
    CO_AUTHOR: { description: 'A commit names it as co-author.' },
    ACCOUNT: { description: 'Its account opened or reviewed the pull request.' },
    FILE: { description: 'Its own configuration was changed.' },
  } satisfies Record<Kind, { readonly description: string }>,
});

const AiSignalCategory = builder.enumType('AiSignalCategory', {
  description: 'What an AI tool is counted as.',
  values: {
    CODE: { description: 'It writes code.' },
    REVIEW: { description: 'It reviews.' },
    EXCLUDED: { description: 'Neither, or nobody knows: it is not counted.' },
  } satisfies Record<AiToolCategory, { readonly description: string }>,
});

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
      description: 'What the tool is counted as.',
      resolve: ({ tool }) => TOOLS.get(tool)?.category ?? 'CODE',
    }),
    kinds: t.field({
      type: [AiSignalKind],
      description: 'By what it is told, each once.',
      resolve: ({ kinds }) => [...kinds],
    }),
    count: t.exposeInt('count', { description: 'In how many places it is told.' }),
    location: t.exposeString('location', {
      description: 'The first of the places: title, body, author, commit:…, file:… or review:….',
    }),
    evidence: t.exposeString('evidence', { description: 'What was found there.' }),
  }),
});

builder.prismaObjectField('PullRequest', 'aiSignals', (t) =>
  t.field({
    type: [AiSignal],
    description: 'Evidence that AI tools took part, one entry a tool.',
    resolve: ({ teamId, id }, _args, context) => context.reads.load(readAiSignals, { teamId, id }),
  }),
);
