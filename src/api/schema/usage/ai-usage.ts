import { readMemberAiUsage, readTeamAiUsage, type UsageRow } from '../../../db/reads/ai-usage.ts';
import { AI_USAGE_SOURCES } from '../../../domain/usage/ai-usage.ts';
import { AiTool } from '../../core/ai-tool.ts';
import { aiUsageNumbers } from '../../core/ai-usage-numbers.ts';
import { builder } from '../../core/builder.ts';
import { countRangeDays, dayRangeArguments, toDayRange } from '../../core/day-range.ts';
import { defineEnum } from '../../core/enums.ts';
import { costs, type RawArguments } from '../../core/field-cost.ts';
import { INCLUDE_EXTERNAL } from '../../core/flag.ts';

/** What a day of use is. */
const USE =
  'A member used a tool on a day when its source has any count, line, credit or hour of theirs, or says that they used it (of Copilot also the terminal and agents; since 2026-06-15 GitHub lists users without any count). A review that Copilot gave without being asked, and a row of zeros from a file, are no use.';

const Grouping = defineEnum('AiUsageGrouping', 'Period that usage is summed by.', {
  DAY: 'By UTC day.',
  WEEK: 'By week of UTC days, starting on the first day of the week of the team.',
});

const Usage = builder.objectRef<UsageRow>('AiUsage').implement({
  description: 'Usage of one AI tool by members in a day or week.',
  fields: (t) => ({
    start: t.expose('start', {
      type: 'Date',
      description:
        'The UTC day, or the first day of the week. The first and last week of a range may be partial.',
    }),
    tool: t.expose('tool', { type: AiTool, description: 'The tool.' }),
    ...aiUsageNumbers(
      t,
      'Sum of accepted divided by sum of shown suggestions, 0 to 1; null when none were shown.',
    ),
    activeHours: t.exposeFloat('activeHours', {
      nullable: true,
      description: 'Sum of the hours with the tool; null when no source says.',
    }),
    credits: t.exposeFloat('credits', {
      nullable: true,
      description: 'Sum of what the tool charged, in its own unit; null when no source says.',
    }),
    activeMembers: t.exposeInt('activeMembers', {
      description: `Number of distinct members who used it. ${USE}`,
    }),
  }),
});

const groupedArguments = builder.args((t) => ({
  ...dayRangeArguments,
  by: t.field({
    type: Grouping,
    required: true,
    defaultValue: 'DAY',
    description: 'Period to sum usage by.',
  }),
}));

/** An entry a tool and period. */
const USAGE_COST = costs({
  size: (args: RawArguments, now: Date) => {
    const days = countRangeDays(args, now);
    const periods = args['by'] === 'WEEK' ? Math.ceil(days / 7) + 1 : days;
    return AI_USAGE_SOURCES.length * periods;
  },
});

builder.prismaObjectField('Team', 'aiUsage', (t) =>
  t.field({
    ...USAGE_COST,
    type: [Usage],
    description:
      'Usage of AI tools by the people and AI agents of the team, oldest first. Days without usage are left out.',
    args: {
      ...groupedArguments,
      includeExternal: t.arg.boolean(INCLUDE_EXTERNAL),
    },
    resolve: ({ id, ...team }, { by, includeExternal, ...range }, context) =>
      context.reads.load(
        readTeamAiUsage,
        { teamId: id },
        {
          ...toDayRange(range, context.services.now()),
          grouping: by,
          includeExternal: includeExternal ?? team.includeExternal,
        },
      ),
  }),
);

builder.prismaObjectField('Member', 'aiUsage', (t) =>
  t.field({
    ...USAGE_COST,
    type: [Usage],
    description: 'Usage of AI tools by the member, oldest first.',
    args: groupedArguments,
    resolve: ({ teamId, id }, { by, ...range }, context) =>
      context.reads.load(
        readMemberAiUsage,
        { teamId, id },
        { ...toDayRange(range, context.services.now()), grouping: by },
      ),
  }),
);
