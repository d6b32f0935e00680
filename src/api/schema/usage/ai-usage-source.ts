import type { AiReportState } from '../../../db/usage/ai-usage-reports.ts';
import { MAX_AI_USAGE_SOURCES, type AiSourceStatus } from '../../../db/usage/ai-usage-sources.ts';
import {
  readAiUsageBreakdown,
  readAiUsageReports,
  readAiUsageSources,
  type BreakdownRow,
  type ReportRow,
  type SeatCounts,
  type SourceRow,
} from '../../../db/reads/ai-usage-sources.ts';
import type { AiReportKind } from '../../../domain/usage/ai-usage-report.ts';
import { AiTool } from '../../core/ai-tool.ts';
import { aiUsageNumbers } from '../../core/ai-usage-numbers.ts';
import { builder } from '../../core/builder.ts';
import { checkPageSize, firstItems, PAGE_COST } from '../../core/connection.ts';
import { countRangeDays, dayRangeArguments, toDayRange } from '../../core/day-range.ts';
import { defineEnum } from '../../core/enums.ts';
import { costs } from '../../core/field-cost.ts';

const Status = defineEnum<AiSourceStatus>(
  'AiUsageSourceStatus',
  'Status of a source of AI usage.',
  {
    PENDING: 'Not queried yet.',
    ACTIVE: 'Working; statusReason says when a part of it does not.',
    MISSING_SCOPE: 'The token lacks a permission; statusReason names it.',
    POLICY_DISABLED: 'A policy of the organisation disables the reports.',
    NOT_FOUND: 'The organisation does not exist, or the token has no access to it.',
    NEEDS_REAUTH: 'GitHub rejects the token.',
    UNAVAILABLE: 'GitHub was not available; the next sync tries again.',
  },
);

const ReportState = defineEnum<AiReportState>(
  'AiUsageReportState',
  'State of the report of a day.',
  {
    STORED: 'Stored; reason names rows that could not be used, and blocks that are not known.',
    NO_REPORT_YET: 'Not available yet; it is requested again.',
    BELOW_THRESHOLD: 'Not available because fewer than five people were active.',
    REFUSED: 'Could not be used; the next sync requests it again.',
  },
);

const ReportKind = defineEnum<AiReportKind>(
  'AiUsageReportKind',
  'Which of the two reports of a day.',
  {
    USERS: 'One row per user.',
    ORGANIZATION: 'Totals of the organisation, with its languages and editors.',
  },
);

const Report = builder.objectRef<ReportRow>('AiUsageReport').implement({
  description: 'The report of a source for one day: whether it was available and what it changed.',
  fields: (t) => ({
    day: t.expose('day', { type: 'Date', description: 'The UTC day.' }),
    kind: t.expose('kind', { type: ReportKind, description: 'Kind of the report.' }),
    state: t.expose('state', { type: ReportState, description: 'State of the report.' }),
    reason: t.exposeString('reason', {
      nullable: true,
      description:
        'Why it was not stored, which rows could not be used, or which blocks of rows are not known.',
    }),
    rows: t.exposeInt('rowsIn', {
      description: 'Number of rows of the report, written or rejected.',
    }),
    inserted: t.exposeInt('rowsInserted', { description: 'Number of rows that were new.' }),
    updated: t.exposeInt('rowsUpdated', {
      description: 'Number of rows that changed stored numbers.',
    }),
    unchanged: t.exposeInt('rowsUnchanged', {
      description: 'Number of rows that were already stored.',
    }),
    refused: t.exposeInt('rowsRefused', { description: 'Number of rows that could not be used.' }),
    unknown: t.exposeInt('rowsUnknown', {
      description:
        'Number of stored rows with blocks that this version does not know. They do not count as use; reason names them.',
    }),
    fetchedAt: t.expose('fetchedAt', {
      type: 'DateTime',
      description: 'When the report was fetched; later fetches that changed nothing do not count.',
    }),
  }),
});

const Seats = builder.objectRef<SeatCounts>('AiSeats').implement({
  description: 'Seats that an organisation pays for.',
  fields: (t) => ({
    date: t.expose('date', {
      type: 'Date',
      description: 'UTC day on which they were counted.',
    }),
    total: t.exposeInt('total', { description: 'Total number of seats.' }),
    activeThisCycle: t.exposeInt('activeThisCycle', {
      description: 'Number of seats that were used in the current billing cycle.',
    }),
    inactiveThisCycle: t.exposeInt('inactiveThisCycle', {
      description: 'Number of seats that were not used in the current billing cycle.',
    }),
    pendingCancellation: t.exposeInt('pendingCancellation', {
      description: 'Number of seats that are cancelled at the end of the current billing cycle.',
    }),
  }),
});

const Dimension = defineEnum(
  'AiUsageDimension',
  'What the usage of an organisation is broken down by.',
  {
    LANGUAGE: 'Programming languages.',
    EDITOR: 'Editors.',
    FEATURE: 'Features of the tool.',
    MODEL: 'Models.',
  },
);

const Breakdown = builder.objectRef<BreakdownRow>('AiUsageBreakdown').implement({
  description: 'Usage of a whole organisation in one language, editor, feature or model.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name as given by the tool.' }),
    ...aiUsageNumbers(
      t,
      'Accepted divided by shown suggestions, 0 to 1; null when none were shown.',
    ),
  }),
});

const Source = builder.objectRef<SourceRow>('AiUsageSource').implement({
  description: 'A source that the AI usage of a team is read from.',
  fields: (t) => ({
    tool: t.expose('source', { type: AiTool, description: 'The tool.' }),
    organization: t.exposeString('organization', { description: 'Login of the organisation.' }),
    status: t.expose('status', { type: Status, description: 'Current status.' }),
    statusReason: t.exposeString('statusReason', {
      nullable: true,
      description: 'What is wrong and what to do about it; null when there is no problem.',
    }),
    latestDay: t.expose('latestDay', {
      type: 'Date',
      nullable: true,
      description: 'The latest UTC day with a stored report; null when there is none.',
    }),
    lastSuccessAt: t.expose('lastSuccessAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last read successfully; null when it never was.',
    }),
    seats: t.expose('seats', {
      type: Seats,
      nullable: true,
      description: 'Latest count of seats; null until they are counted.',
    }),
    reports: t.field({
      // Two kinds of report a day.
      ...costs({ size: (args, now) => 2 * countRangeDays(args, now) }),
      type: [Report],
      description: 'Reports day by day, newest first.',
      args: dayRangeArguments,
      resolve: ({ teamId, source, organization }, args, context) =>
        context.reads.load(
          readAiUsageReports,
          { teamId, source, organization },
          toDayRange(args, context.services.now()),
        ),
    }),
    breakdown: t.field({
      ...PAGE_COST,
      type: [Breakdown],
      description:
        'Usage of the whole organisation, whether or not its members belong to the team. Sorted by suggestions shown, highest first.',
      args: {
        ...dayRangeArguments,
        ...firstItems(50),
        by: t.arg({
          type: Dimension,
          required: true,
          description: 'What to break the usage down by.',
        }),
      },
      resolve: ({ teamId, source, organization }, { by, first, ...range }, context) => {
        checkPageSize(first);
        return context.reads.load(
          readAiUsageBreakdown,
          { teamId, source, organization },
          { ...toDayRange(range, context.services.now()), dimension: by, first },
        );
      },
    }),
  }),
});

builder.prismaObjectField('Team', 'aiUsageSources', (t) =>
  t.field({
    ...costs({ size: MAX_AI_USAGE_SOURCES }),
    type: [Source],
    description: `Sources that the AI usage of the team is read from, at most ${MAX_AI_USAGE_SOURCES}. Imported usage has no source.`,
    resolve: ({ id }, _args, context) => context.reads.load(readAiUsageSources, { teamId: id }),
  }),
);
