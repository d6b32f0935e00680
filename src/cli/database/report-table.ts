import { formatQuantity } from '../../domain/core/quantities.ts';
import type { InstallationReport } from '../../runtime/database/database-report.ts';
import { renderTable } from '../core/plain-table.ts';

type Section = InstallationReport['sections'][number];
type Finding = Section['findings'][number];

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
    lines.push(renderRows(section));
  }
  if (section.total > section.rows.length) {
    lines.push(`${section.rows.length} of ${section.total}; --top shows more.`);
  }
  return [...lines, ...section.findings.map((finding) => renderFinding(finding))];
}

function renderRows({ columns, rows }: Section): string {
  return renderTable(
    columns.map(({ title }) => title),
    rows.map((row) => columns.map(({ name, unit }) => formatQuantity(row[name] ?? null, unit))),
    (column) => columns[column]?.unit === 'text',
  );
}
