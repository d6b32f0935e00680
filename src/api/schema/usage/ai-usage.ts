import { readMemberAiUsage, readTeamAiUsage, type UsageRow } from '../../../db/reads/ai-usage.ts';
import { acceptanceRateOf } from '../../../domain/usage/ai-usage.ts';
import { AiTool } from '../../core/ai-tool.ts';
import { builder } from '../../core/builder.ts';
import { dayRangeArguments, toDayRange } from '../../core/day-range.ts';

const Grouping = builder.enumType('AiUsageGrouping', {
  description: 'What usage is added up by.',
  values: {
    DAY: { description: 'UTC days.' },
    WEEK: { description: 'Weeks of UTC days, from the day that the weeks of the team begin on.' },
  },
});

const Usage = builder.objectRef<UsageRow>('AiUsage').implement({
  description: 'What members did with one AI tool in a day or week.',
  fields: (t) => ({
    start: t.expose('start', {
      type: 'Date',
      description:
        'The UTC day, or the first day of the week; a range may cut its first and last week.',
    }),
    tool: t.expose('tool', { type: AiTool, description: 'The tool.' }),
    suggestionsShown: t.expose('suggestionsShown', {
      type: 'BigInt',
      description: 'Suggestions shown.',
    }),
    suggestionsAccepted: t.expose('suggestionsAccepted', {
      type: 'BigInt',
      description: 'Suggestions accepted.',
    }),
    acceptanceRate: t.float({
      nullable: true,
      description: 'Accepted by shown, both summed first, 0 to 1; null when none was shown.',
      resolve: acceptanceRateOf,
    }),
    linesSuggested: t.expose('linesSuggested', { type: 'BigInt', description: 'Lines suggested.' }),
    linesAccepted: t.expose('linesAccepted', { type: 'BigInt', description: 'Lines accepted.' }),
    interactions: t.expose('interactions', {
      type: 'BigInt',
      description: 'Prompts and other requests.',
    }),
    activeMembers: t.exposeInt('activeMembers', {
      description:
        'Distinct members who were shown a suggestion or made a request, as weeks count active days.',
    }),
  }),
});

const groupedArguments = builder.args((t) => ({
  ...dayRangeArguments,
  by: t.field({
    type: Grouping,
    required: true,
    defaultValue: 'DAY',
    description: 'What to add up by.',
  }),
}));

builder.prismaObjectField('Team', 'aiUsage', (t) =>
  t.field({
    type: [Usage],
    description:
      'What the people and AI agents of the team did with AI tools, oldest first; days on which nobody used a tool are left out.',
    args: {
      ...groupedArguments,
      includeExternal: t.arg.boolean({
        required: true,
        defaultValue: false,
        description: 'Count people who do not belong to the team.',
      }),
    },
    resolve: ({ id }, { by, includeExternal, ...range }, context) =>
      context.reads.load(
        readTeamAiUsage,
        { teamId: id },
        { ...toDayRange(range, context.services.now()), grouping: by, includeExternal },
      ),
  }),
);

builder.prismaObjectField('Member', 'aiUsage', (t) =>
  t.field({
    type: [Usage],
    description: 'What the member did with AI tools, oldest first.',
    args: groupedArguments,
    resolve: ({ teamId, id }, { by, ...range }, context) =>
      context.reads.load(
        readMemberAiUsage,
        { teamId, id },
        { ...toDayRange(range, context.services.now()), grouping: by },
      ),
  }),
);
