import Table from 'cli-table3';
import { formatQuantity } from '../../domain/core/quantities.ts';
import type { InstallationReport } from '../../runtime/database/database-report.ts';

type Section = InstallationReport['sections'][number];
type Finding = Section['findings'][number];

/** No colours, and no line between two rows. */
const PLAIN = {
  style: { head: [], border: [] },
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
};

/** The report as text: first what wants something, then each section with its table. */
export function renderReport(report: InstallationReport): string {
  const findings = report.sections.flatMap((section) =>
    section.findings.map((finding) => ({ ...finding, title: section.title })),
  );
  const open = findings.filter((finding) => finding.severity !== 'OK');
  const count = (severity: Finding['severity']): number =>
    findings.filter((finding) => finding.severity === severity).length;
  return [
    `Database report of ${report.measuredAt.toISOString()}: ${count('ACT')} to act on, ${count('LOOK')} to look at, ${count('OK')} in order.`,
    ...open.map((finding) => renderFinding(finding, finding.title)),
    ...report.sections.flatMap(renderSection),
    '',
  ].join('\n');
}

function renderFinding({ severity, measured, advice }: Finding, title?: string): string {
  const text = `${severity.padEnd(4)}  ${title === undefined ? '' : `${title}: `}${measured}`;
  return severity === 'OK' ? text : `${text} ${advice}`;
}

function renderSection(section: Section): string[] {
  const lines = ['', section.title];
  if (section.rows.length > 0) {
    lines.push(renderTable(section));
  }
  if (section.total > section.rows.length) {
    lines.push(`${section.rows.length} of ${section.total}; --top shows more.`);
  }
  return [...lines, ...section.findings.map((finding) => renderFinding(finding))];
}

function renderTable({ columns, rows }: Section): string {
  const table = new Table({
    ...PLAIN,
    head: columns.map((column) => column.title),
    colAligns: columns.map(({ unit }) => (unit === 'text' ? 'left' : 'right')),
  });
  for (const row of rows) {
    table.push(columns.map(({ name, unit }) => formatQuantity(row[name] ?? null, unit)));
  }
  return table.toString();
}
