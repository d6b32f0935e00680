/** An export of a tool that is no file of AI usage, by columns or keys that it alone has. */
interface KnownExport {
  /** In lower case, with `_` for blanks. All of one list are there. */
  readonly columns: readonly (readonly string[])[];
  /** What it is, and what to do instead. */
  readonly name: string;
}

const WRITE_ROWS =
  'which is not read yet: write a file with login (on GitHub), date and numbers, and import it with --sum where a member and day have several rows';

/** Where the columns are from: exports that people published, and the vendors' documentation, of 2025 and 2026. */
const KNOWN_EXPORTS: readonly KnownExport[] = [
  {
    columns: [
      ['date', 'model', 'input_(w/_cache_write)'],
      ['usageevents'],
      ['useremail', 'tokenusage'],
    ],
    name: `Cursor's usage events, ${WRITE_ROWS}`,
  },
  {
    columns: [
      ['user_login', 'day'],
      ['day', 'user_initiated_interaction_count'],
      ['download_links', 'report_day'],
    ],
    name: "GitHub's Copilot usage metrics, which are fetched from GitHub without a file: connect the organisation instead",
  },
  {
    columns: [
      ['date', 'username', 'sku', 'quantity'],
      ['user', 'model', 'requests_used'],
      ['usageitems'],
    ],
    name: `GitHub's AI usage report, ${WRITE_ROWS}`,
  },
  {
    columns: [['date', 'sku', 'quantity', 'unit_type']],
    name: "GitHub's billing report, which names nobody: ask for the AI usage report or write a file with login, date and numbers",
  },
  {
    columns: [['login', 'last_activity_at']],
    name: "GitHub's list of Copilot seats, which are fetched from GitHub without a file: connect the organisation instead",
  },
  {
    columns: [
      ['usage_date_utc', 'api_key'],
      ['usage_date_utc', 'model_version'],
      ['user', 'lines_this_month'],
      ['actor', 'core_metrics'],
    ],
    name: `an export of the Claude Console, ${WRITE_ROWS}`,
  },
  {
    columns: [
      ['inputtokens', 'outputtokens', 'totalcost'],
      ['inputtokens', 'outputtokens', 'costusd'],
    ],
    name: `ccusage's report, ${WRITE_ROWS}`,
  },
];

/**
 * Recognises an export of another form by its columns or keys.
 * @param columns in lower case, with `_` for blanks
 * @returns what it is and what to do, to follow "has the columns of"; null for anything else
 */
export function nameKnownExport(columns: readonly string[]): string | null {
  const known = KNOWN_EXPORTS.find((one) =>
    one.columns.some((needed) => needed.every((column) => columns.includes(column))),
  );
  return known?.name ?? null;
}
