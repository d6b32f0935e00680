import type { AiReportState } from '../../../db/usage/ai-usage-reports.ts';
import type { AiSourceStatus } from '../../../db/usage/ai-usage-sources.ts';
import {
  readAiUsageBreakdown,
  readAiUsageReports,
  readAiUsageSources,
  type BreakdownRow,
  type ReportRow,
  type SeatCounts,
  type SourceRow,
} from '../../../db/reads/ai-usage-sources.ts';
import { acceptanceRateOf } from '../../../domain/usage/ai-usage.ts';
import type { AiReportKind } from '../../../domain/usage/ai-usage-report.ts';
import { AiTool } from '../../core/ai-tool.ts';
import { builder } from '../../core/builder.ts';
import { dayRangeArguments, toDayRange } from '../../core/day-range.ts';

const Status = builder.enumType('AiUsageSourceStatus', {
  description: 'How a source of AI usage stands.',
  values: {
    PENDING: { description: 'Not asked yet.' },
    ACTIVE: { description: 'It answers; statusReason says when a part of it does not.' },
    MISSING_SCOPE: { description: 'The token lacks a permission; statusReason names it.' },
    POLICY_DISABLED: { description: 'A policy of the organisation keeps the reports back.' },
    NOT_FOUND: { description: 'There is no such organisation, or the token may not see it.' },
    NEEDS_REAUTH: { description: 'GitHub refuses the token.' },
    UNAVAILABLE: { description: 'GitHub did not answer; the next sync tries again.' },
  } satisfies Record<AiSourceStatus, object>,
});

const ReportState = builder.enumType('AiUsageReportState', {
  description: "How a day's report stands.",
  values: {
    STORED: { description: 'It is stored; rows that could not be used are in the reason.' },
    NO_REPORT_YET: { description: 'There is none yet; it is asked for again.' },
    BELOW_THRESHOLD: { description: 'There is none: fewer than five people were active.' },
    REFUSED: { description: 'It could not be used; the next sync asks again.' },
  } satisfies Record<AiReportState, object>,
});

const ReportKind = builder.enumType('AiUsageReportKind', {
  description: "Which of a day's two reports.",
  values: {
    USERS: { description: 'A row for each user.' },
    ORGANIZATION: { description: 'The organisation as a whole, with its languages and editors.' },
  } satisfies Record<AiReportKind, object>,
});

const Report = builder.objectRef<ReportRow>('AiUsageReport').implement({
  description: "One day's report of a source: whether it was there, and what it changed.",
  fields: (t) => ({
    day: t.expose('day', { type: 'Date', description: 'The UTC day.' }),
    kind: t.expose('kind', { type: ReportKind, description: 'Which report.' }),
    state: t.expose('state', { type: ReportState, description: 'How it stands.' }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Why it is not stored, or which rows could not be used.',
    }),
    rows: t.exposeInt('rowsIn', {
      description: 'Rows of the report: those that were written, and those that were refused.',
    }),
    inserted: t.exposeInt('rowsInserted', { description: 'Rows that were new.' }),
    updated: t.exposeInt('rowsUpdated', { description: 'Rows that replaced other numbers.' }),
    unchanged: t.exposeInt('rowsUnchanged', { description: 'Rows that were there already.' }),
    refused: t.exposeInt('rowsRefused', { description: 'Rows that could not be used.' }),
    fetchedAt: t.expose('fetchedAt', {
      type: 'DateTime',
      description: 'When GitHub was asked; later readings that changed nothing do not count.',
    }),
  }),
});

const Seats = builder.objectRef<SeatCounts>('AiSeats').implement({
  description: 'Seats that an organisation pays for.',
  fields: (t) => ({
    date: t.expose('date', {
      type: 'Date',
      description: 'The UTC day on which they were counted.',
    }),
    total: t.exposeInt('total', { description: 'All seats.' }),
    activeThisCycle: t.exposeInt('activeThisCycle', {
      description: 'Seats that were used in the current billing cycle.',
    }),
    inactiveThisCycle: t.exposeInt('inactiveThisCycle', {
      description: 'Seats that were not used in the current billing cycle.',
    }),
    pendingCancellation: t.exposeInt('pendingCancellation', {
      description: 'Seats that end with the current billing cycle.',
    }),
  }),
});

const Dimension = builder.enumType('AiUsageDimension', {
  description: 'What the usage of an organisation is told apart by.',
  values: {
    LANGUAGE: { description: 'Programming languages.' },
    EDITOR: { description: 'Editors.' },
    FEATURE: { description: 'Features of the tool.' },
    MODEL: { description: 'Models.' },
  },
});

const Breakdown = builder.objectRef<BreakdownRow>('AiUsageBreakdown').implement({
  description: 'Usage of a whole organisation in one language, editor, feature or model.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name, as the tool gives it.' }),
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
      description: 'Accepted by shown, 0 to 1; null when none was shown.',
      resolve: acceptanceRateOf,
    }),
    linesSuggested: t.expose('linesSuggested', { type: 'BigInt', description: 'Lines suggested.' }),
    linesAccepted: t.expose('linesAccepted', { type: 'BigInt', description: 'Lines accepted.' }),
    interactions: t.expose('interactions', {
      type: 'BigInt',
      description: 'Prompts and other requests.',
    }),
  }),
});

const Source = builder.objectRef<SourceRow>('AiUsageSource').implement({
  description: "Where a team's AI usage is read from.",
  fields: (t) => ({
    tool: t.expose('source', { type: AiTool, description: 'The tool.' }),
    organization: t.exposeString('organization', { description: 'Login of the organisation.' }),
    status: t.expose('status', { type: Status, description: 'How it stands.' }),
    statusReason: t.exposeString('statusReason', {
      nullable: true,
      description: 'What stands in the way, and what to do; null when all is well.',
    }),
    latestDay: t.expose('latestDay', {
      type: 'Date',
      nullable: true,
      description: 'The newest UTC day of which a report is stored.',
    }),
    lastSuccessAt: t.expose('lastSuccessAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it last answered.',
    }),
    seats: t.expose('seats', {
      type: Seats,
      nullable: true,
      description: 'Its seats as they were counted last; null until then.',
    }),
    reports: t.field({
      type: [Report],
      description: 'Its reports day by day, newest first.',
      args: dayRangeArguments,
      resolve: ({ teamId, source, organization }, args, context) =>
        context.reads.load(
          readAiUsageReports,
          { teamId, source, organization },
          toDayRange(args, context.services.now()),
        ),
    }),
    breakdown: t.field({
      type: [Breakdown],
      description:
        'What the organisation as a whole used, whoever belongs to the team; most shown first.',
      args: {
        ...dayRangeArguments,
        by: t.arg({ type: Dimension, required: true, description: 'What to tell apart.' }),
      },
      resolve: ({ teamId, source, organization }, { by, ...range }, context) =>
        context.reads.load(
          readAiUsageBreakdown,
          { teamId, source, organization },
          { ...toDayRange(range, context.services.now()), dimension: by },
        ),
    }),
  }),
});

builder.prismaObjectField('Team', 'aiUsageSources', (t) =>
  t.field({
    type: [Source],
    description: 'Where the AI usage of the team is read from; imported usage has no source.',
    resolve: ({ id }, _args, context) => context.reads.load(readAiUsageSources, { teamId: id }),
  }),
);
