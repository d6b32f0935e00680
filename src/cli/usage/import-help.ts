import { AI_USAGE_COLUMNS } from '../../domain/usage/ai-usage-columns.ts';

/** The columns of a file, for the help of the command. */
export function renderImportHelp(): string {
  const width = Math.max(...AI_USAGE_COLUMNS.map(({ column }) => column.length));
  const columns = AI_USAGE_COLUMNS.map(
    ({ column, meaning }) => `  ${column.padEnd(width)}  ${meaning}`,
  );
  return `
Columns (login, date and at least one number):
${columns.join('\n')}

One JSON object a line, as .ndjson or .jsonl:
  {"login":"octocat","date":"2026-03-02","suggestions_shown":120,"suggestions_accepted":41}
Or .csv with a header:
  login,date,suggestions_shown,suggestions_accepted,active_hours
  octocat,2026-03-02,120,41,3.5
`;
}
