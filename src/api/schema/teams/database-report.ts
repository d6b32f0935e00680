import type { DatabaseReport } from '../../../db/report/database-report.ts';
import type { Finding, ReportSection } from '../../../db/report/section.ts';
import { DomainError } from '../../../domain/core/errors.ts';
import { formatQuantity } from '../../../domain/core/quantities.ts';
import { builder } from '../../core/builder.ts';
import { defineEnum } from '../../core/enums.ts';
import { costs } from '../../core/field-cost.ts';
import { requireOperator } from '../../core/team-admin.ts';

const MAX_TOP = 100;

/** Some sections have a finding for each table or index. */
const MAX_FINDINGS = 100;

const FindingSeverity = defineEnum('FindingSeverity', 'Severity of a finding.', {
  OK: 'Nothing to do.',
  LOOK: 'Worth a look.',
  ACT: 'Action is required.',
});

const DatabaseFinding = builder.objectRef<Finding>('DatabaseFinding').implement({
  description: 'An interpretation of a measurement of the database.',
  fields: (t) => ({
    severity: t.expose('severity', {
      type: FindingSeverity,
      description: 'Severity of the finding.',
    }),
    measured: t.exposeString('measured', { description: 'What was measured, as a sentence.' }),
    advice: t.exposeString('advice', { description: 'What to do, as a sentence.' }),
  }),
});

const DatabaseReportSection = builder.objectRef<ReportSection>('DatabaseReportSection').implement({
  description: 'A section of the report: a table and its interpretation.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Stable key.' }),
    title: t.exposeString('title', { description: 'Title.' }),
    columns: t.stringList({
      ...costs({ size: 10 }),
      description: 'Titles of the columns.',
      resolve: (section) => section.columns.map((column) => column.title),
    }),
    rows: t.field({
      ...costs({ size: 10 * MAX_TOP }),
      type: t.listRef(t.listRef('String')),
      description: 'The first rows, with each value as text including its unit.',
      resolve: ({ rows, columns }) =>
        rows.map((row) => columns.map(({ name, unit }) => formatQuantity(row[name] ?? null, unit))),
    }),
    totalCount: t.exposeInt('total', { description: 'Total number of rows.' }),
    findings: t.field({
      ...costs({ size: MAX_FINDINGS }),
      type: [DatabaseFinding],
      description: `Findings of this section, the first ${MAX_FINDINGS}.`,
      resolve: ({ findings }) => findings.slice(0, MAX_FINDINGS),
    }),
  }),
});

const DatabaseReportType = builder.objectRef<DatabaseReport>('DatabaseReport').implement({
  description: 'Report on the database: sizes, usage, health and growth.',
  fields: (t) => ({
    measuredAt: t.expose('measuredAt', { type: 'DateTime', description: 'When it was measured.' }),
    sections: t.expose('sections', {
      ...costs({ size: 20 }),
      type: [DatabaseReportSection],
      description: 'Sections of the report.',
    }),
  }),
});

builder.queryField('databaseReport', (t) =>
  t.field({
    ...costs({ points: 100 }),
    type: DatabaseReportType,
    nullable: true,
    authScopes: { viewer: true },
    description:
      'Report on the database of the installation. For operators; null, with an error, for everyone else and when it cannot be made.',
    args: {
      top: t.arg.int({
        required: true,
        defaultValue: 10,
        description: `Rows to show per table, 1 to ${MAX_TOP}.`,
      }),
    },
    resolve: (_root, { top }, context) => {
      requireOperator(context, 'read the database report');
      if (top < 1 || top > MAX_TOP) {
        throw new DomainError('INVALID_INPUT', `Ask for 1 to ${MAX_TOP} rows a table.`);
      }
      const { readDatabaseReport } = context.services;
      if (readDatabaseReport === null) {
        throw new DomainError(
          'DATABASE_UNAVAILABLE',
          'This gateway has no connection as the owner of the tables: set DATABASE_DIRECT_URL for it, or run `throughline db report` where it is set.',
        );
      }
      return readDatabaseReport(top);
    },
  }),
);
