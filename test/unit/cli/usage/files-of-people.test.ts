import { describe, expect, it } from 'vitest';
import { importOf } from './import-of.ts';

const HEADER = 'login,date,suggestions_shown,suggestions_accepted,credits';
const GOOD = `${HEADER}\nada,2026-03-02,120,41,3.5\n`;
const FACT = {
  date: '2026-03-02',
  source: 'CURSOR',
  suggestionsShown: 120,
  suggestionsAccepted: 41,
  linesSuggested: 0,
  linesAccepted: 0,
  interactions: 0,
  activeHours: null,
  credits: 3.5,
};

/** UTF-16 with the bytes of each character the other way round. */
function bigEndian(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

describe('a file is taken', () => {
  it.each<[string, string | Buffer, Partial<typeof FACT>?]>([
    ['plain.csv', GOOD],
    ['bom-crlf.csv', `\uFEFF${GOOD.replaceAll('\n', '\r\n')}`],
    ['quoted-header.csv', GOOD.replaceAll(/[^,\n]+/g, '"$&"')],
    [
      'zero.csv',
      'login,date,interactions,suggestions_shown\nada,2026-03-02,0,0\n',
      { suggestionsShown: 0, suggestionsAccepted: 0, credits: null as never },
    ],
    [
      'capitals.csv',
      GOOD.replace(HEADER, 'Login,Date,Suggestions Shown,Suggestions-Accepted,CREDITS'),
    ],
    ['cr-only.csv', GOOD.replaceAll('\n', '\r')],
    ['semicolon.csv', GOOD.replaceAll(',', ';').replace('3.5', '3,5')],
    ['tab.txt', GOOD.replaceAll(',', '\t')],
    ['pipe.csv', GOOD.replaceAll(',', '|')],
    ['sep-line.csv', `sep=,\n${GOOD}`],
    ['sep-semicolon.csv', `"sep=;"\r\n${GOOD.replaceAll(',', ';')}`],
    ['utf16.csv', Buffer.from(`\uFEFF${GOOD}`, 'utf16le')],
    [
      'utf16-tabs.txt',
      Buffer.from(`\uFEFF${GOOD.replaceAll(',', '\t').replaceAll('\n', '\r\n')}`, 'utf16le'),
    ],
    ['utf16-without-mark.csv', Buffer.from(GOOD, 'utf16le')],
    ['utf16-big-endian.csv', bigEndian(`\uFEFF${GOOD}`)],
    ['utf16-big-endian-without-mark.csv', bigEndian(GOOD)],
    ['utf16-returns.csv', Buffer.from(GOOD.replaceAll('\n', '\r'), 'utf16le')],
    ['ghost-rows.csv', `${GOOD},,,,\r\n,,,,\r\n`],
    ['ghost-columns.csv', GOOD.replaceAll('\n', ',,\n')],
    ['nbsp.csv', GOOD.replace('ada', 'ada\u00a0')],
    ['at.csv', GOOD.replace('ada', '@ada')],
    ['short-rows.csv', GOOD.replace(',3.5', ''), { credits: null as never }],
    ['float-count.csv', GOOD.replace('120', '120.0')],
    [
      'named.json',
      JSON.stringify({
        login: 'ada',
        date: '2026-03-02',
        suggestions_shown: 120,
        suggestions_accepted: 41,
        credits: 3.5,
      }),
    ],
    ['a-table.jsonl', GOOD],
    [
      'utf16.ndjson',
      Buffer.from(
        '\uFEFF{"login":"ada","date":"2026-03-02","suggestions_shown":120,"suggestions_accepted":41,"credits":3.5}\r\n',
        'utf16le',
      ),
    ],
  ])('%s', async (name, content, expected = {}) => {
    expect(await importOf(name, content)).toEqual({ facts: [{ ...FACT, ...expected }], said: [] });
  });

  it('and its titles, notes and totals are named', async () => {
    const notes = `Total,,120,41,3.5\nExported by Ada\n`;
    expect(await importOf('total-row.csv', `AI usage\n\n${GOOD}${notes}`)).toEqual({
      facts: [FACT],
      said: ['Passed over as titles, notes or totals: total-row.csv lines 1, 5 to 6.'],
    });
  });
});

describe('two-a-day.csv, with two rows of a member and day', () => {
  const TWO = 'login,date,interactions,credits\nada,2026-03-02,10,1.5\nada,2026-03-02,7,0.5\n';

  it('is not told to throw one of them away', async () => {
    const { facts, said } = await importOf('two-a-day.csv', TWO);
    expect(facts).toMatchObject([{ interactions: 10, credits: 1.5 }]);
    expect(said).toEqual([
      'two-a-day.csv line 3: has the same member and day as line 2: add them up (DUPLICATE_KEY)',
    ]);
  });

  it('is one day with the sums of both where they are to be added up', async () => {
    const { facts, said } = await importOf('two-a-day.csv', TWO, true);
    expect(facts).toMatchObject([{ date: '2026-03-02', interactions: 17, credits: 2 }]);
    expect(said).toEqual([]);
  });
});

describe('a file is refused in one sentence', () => {
  const JSON_ROW = { login: 'ada', date: '2026-03-02', interactions: 3 };
  const rows = (change: (row: string, index: number) => string) =>
    [
      HEADER,
      ...['02', '03', '04'].map((day, index) => change(`ada,2026-03-${day},120,41,3.5`, index)),
    ].join('\n');

  it.each<[string, string | Buffer, string]>([
    [
      'array.json',
      JSON.stringify([JSON_ROW]),
      `array.json is one JSON list: write one object a line, for example with jq -c ".[]".`,
    ],
    [
      'list.csv',
      `[\n${JSON.stringify(JSON_ROW)},\n${JSON.stringify(JSON_ROW)}\n]\n`,
      `list.csv is one JSON list: write one object a line, for example with jq -c ".[]".`,
    ],
    [
      'lists.json',
      '[["login","date","interactions"],["ada","2026-03-02",3]]',
      'lists.json is a JSON list of lists: write one object a line, with the names of the columns as its keys.',
    ],
    [
      'spread-lists.json',
      '[\n  [\n    "login",\n    "date"\n  ]\n]\n',
      'spread-lists.json is a JSON list of lists: write one object a line, with the names of the columns as its keys.',
    ],
    [
      'lists.jsonl',
      '["login","date","interactions"]\n["ada","2026-03-02",3]\n',
      'lists.jsonl has JSON lists of values: write one object a line, with the names of the columns as its keys.',
    ],
    ['empty.json', '[ ]', 'empty.json is an empty JSON list: there is nothing to import.'],
    [
      'inside.json',
      JSON.stringify({ total: 1, data: [JSON_ROW] }),
      'inside.json is a JSON object with rows inside: write one object a line, for example with jq -c ".data[]".',
    ],
    [
      'deep-inside.json',
      JSON.stringify({ meta: { at: ['2026'] }, result: { rows: [JSON_ROW] } }, null, 2),
      'deep-inside.json is a JSON object with rows inside: write one object a line, for example with jq -c ".result.rows[]".',
    ],
    [
      'long-inside.json',
      JSON.stringify({ 'AI usage': Array.from({ length: 100 }, () => JSON_ROW) }),
      'long-inside.json is a JSON object with rows inside: write one object a line.',
    ],
    [
      'lists-inside.json',
      JSON.stringify({ columns: ['login', 'date'], rows: [['ada', '2026-03-02']] }),
      'lists-inside.json is a JSON object with lists inside: write one object a line, with the names of the columns as its keys.',
    ],
    [
      'by-login.json',
      JSON.stringify({ ada: { date: '2026-03-02', interactions: 3 } }),
      'by-login.json is a JSON object with rows inside: write one object a line, each with its login and date.',
    ],
    [
      'pretty.json',
      JSON.stringify(JSON_ROW, null, 2),
      'pretty.json has JSON objects over several lines: write one a line, for example with jq -c ".".',
    ],
    [
      'workbook.csv',
      Buffer.from('PK\u0003\u0004\u0014\u0000', 'latin1'),
      'workbook.csv is an Excel workbook or a zip archive: save its sheet as CSV (UTF-8), or unpack it.',
    ],
    [
      'old.csv',
      Buffer.from('d0cf11e0a1b11ae1', 'hex'),
      'old.csv is an old Excel workbook: save its sheet as CSV (UTF-8).',
    ],
    ['usage.csv', Buffer.from('1f8b0800', 'hex'), 'usage.csv is compressed with gzip: unpack it.'],
    [
      'page.csv',
      '<!DOCTYPE html><html>',
      'page.csv is a web page or XML: export the table as CSV.',
    ],
    [
      'us-date.csv',
      rows((row, index) => row.replace(/2026-\d+-\d+/, `3/${index + 2}/2026`)),
      'us-date.csv line 2, date: "3/2/2026" may be read as more than one day: write it as YYYY-MM-DD (NOT_A_DATE); the same on lines 3 to 4',
    ],
    [
      'excel-serial.csv',
      rows((row, index) => row.replace(/2026-\d+-\d+/, `${46_083 + index}`)),
      'excel-serial.csv line 2, date: "46083" is the number by which a spreadsheet stores a day: format the column as YYYY-MM-DD (NOT_A_DATE); the same on lines 3 to 4',
    ],
    [
      'instant.csv',
      rows((row) => row.replace(/,120/, 'T00:00:00.000Z,120')),
      'instant.csv line 2, date: "2026-03-02T00:00:00.000Z" is an instant: write its UTC day alone, as 2026-03-02 (NOT_A_DATE); the same on lines 3 to 4',
    ],
    [
      'email.csv',
      rows((row, index) => row.replace('ada', `ada${index}@example.com`)),
      `email.csv line 2, login: "ada0@example.com" is an e-mail address: write the member's login on GitHub (NOT_A_LOGIN); the same on lines 3 to 4`,
    ],
    [
      'thousands.csv',
      rows((row) => row.replace('120,41', '"1,200",41')),
      'thousands.csv line 2, suggestions_shown: "1,200" has a separator of thousands or of decimals: write the digits alone, decimals after a point (NOT_A_NUMBER); the same on lines 3 to 4',
    ],
    [
      'currency.csv',
      rows((row) => row.replace('3.5', '$3.50')),
      'currency.csv line 2, credits: "$3.50" has a currency: write the number alone (NOT_A_NUMBER); the same on lines 3 to 4',
    ],
    [
      'decimal-commas.csv',
      rows((row) => row.replace('3.5', '3,5')),
      'decimal-commas.csv line 2: has 6 fields where the header has 5: put a field that has a separator in it into quotes (WRONG_FIELD_COUNT); the same on lines 3 to 4',
    ],
    [
      'two-rows-a-day.csv',
      rows((row) => row.replace(/2026-\d+-\d+/, '2026-03-02')),
      'two-rows-a-day.csv line 3: has the same member and day as line 2: add them up (DUPLICATE_KEY); the same on line 4',
    ],
  ])('%s', async (name, content, sentence) => {
    expect((await importOf(name, content)).said).toEqual([sentence]);
  });

  it('tells each fault of a row, once for all rows that have it', async () => {
    const { said } = await importOf(
      'thousands.csv',
      rows((row) => row.replace('120,41', '"1,200","1,041"')),
    );
    const advice =
      'has a separator of thousands or of decimals: write the digits alone, decimals after a point (NOT_A_NUMBER); the same on lines 3 to 4';
    expect(said).toEqual([
      `thousands.csv line 2, suggestions_shown: "1,200" ${advice}`,
      `thousands.csv line 2, suggestions_accepted: "1,041" ${advice}`,
    ]);
  });
});

describe('a file with other rows', () => {
  it('keeps those that are good', async () => {
    const { facts, said } = await importOf(
      'mixed.csv',
      `${GOOD}bob,3/3/2026,1,1,1\neve,2026-03-03,1,1,1\nmax,2026-03-03,1,1,1\neve,2026-03-04,1,1,1`,
    );
    expect(facts).toEqual([FACT]);
    expect(said).toEqual([
      expect.stringContaining('mixed.csv line 3, date: "3/3/2026" may be read'),
      'mixed.csv line 4, login: no member of the team has the login "eve" (UNKNOWN_MEMBER); the same on line 6',
      'mixed.csv line 5, login: no member of the team has the login "max" (UNKNOWN_MEMBER)',
    ]);
  });

  it('names a broken first line of JSON by its number', async () => {
    const good = '{"login":"ada","date":"2026-03-02","interactions":1}\n';
    for (const broken of ['{"login":"ada",', 'login', '"login"']) {
      const { facts, said } = await importOf('broken.ndjson', `${broken}\n${good}`);
      expect(facts).toHaveLength(1);
      expect(said).toEqual([
        'broken.ndjson line 1: is not a JSON object: write one a line (NOT_JSON)',
      ]);
    }
  });

  it('is the same wherever UTF-16 is cut, and half of a character at its end is no number', async () => {
    const many = `${GOOD}${'x'.repeat(70_001)},2026-03-02,1,1,1\nbob,2026-03-02,120,41,3.5`;
    const whole = await importOf('long.csv', Buffer.from(many, 'utf16le'));
    expect(whole.facts).toEqual([FACT, FACT]);
    const cut = await importOf('cut.csv', Buffer.from(many, 'utf16le').subarray(0, -1));
    expect(cut.facts).toEqual([FACT]);
    expect(cut.said.at(-1)).toContain('(NOT_A_NUMBER)');
  });
});
