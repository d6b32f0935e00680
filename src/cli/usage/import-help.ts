import { formatCount } from '../../domain/core/quantities.ts';
import { AI_USAGE_COLUMNS } from '../../domain/usage/ai-usage-columns.ts';

/** Bytes that are copied of what can be read only once: some ten million rows. A file may have any size. */
export const MAX_COPY_BYTES = 1_000_000_000;

/** The columns of a file and its size, for the help of the command. */
export function renderImportHelp(): string {
  const width = Math.max(...AI_USAGE_COLUMNS.map(({ column }) => column.length));
  const columns = AI_USAGE_COLUMNS.map(
    ({ column, meaning }) => `  ${column.padEnd(width)}  ${meaning}`,
  );
  return `
Columns (login, date and at least one number):
${columns.join('\n')}

One JSON object a line:
  {"login":"octocat","date":"2026-03-02","suggestions_shown":120,"suggestions_accepted":41}
Or CSV with a heading; semicolons and tabs may separate too:
  login,date,suggestions_shown,suggestions_accepted,active_hours
  octocat,2026-03-02,120,41,3.5

With --sum the rows of a member and day are added up, as exports with one row per model or event need it.
A file may have any size. Standard input and pipes are copied into the temporary folder first, up to ${formatCount(MAX_COPY_BYTES)}
bytes: save what is larger as a file.
`;
}
