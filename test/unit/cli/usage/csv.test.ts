import { describe, expect, it } from 'vitest';
import { createCsvRecordReader } from '../../../../src/cli/usage/ai-usage-file/csv-record.ts';
import { readCsvRows } from '../../../../src/cli/usage/ai-usage-file/csv.ts';
import { MAX_LINE_BYTES, readLines } from '../../../../src/cli/usage/ai-usage-file/lines.ts';
import { collect, HEADER, readFile as read, row } from './read-file.ts';

describe('CSV', () => {
  it('takes a byte order mark, CRLF, quotes, blank lines and a last line without a newline', async () => {
    const text = `\uFEFF${HEADER}\r\nada,2026-03-02,1\r\n\r\n"bob","2026-03-02","1"\r\ncy,2026-03-02,1`;
    expect(await read('a.csv', text)).toEqual([
      [2, row('ada')],
      [4, row('bob')],
      [5, row('cy')],
    ]);
  });

  it('counts lines through newlines and doubled quotes within quotes', async () => {
    const text = `${HEADER}\n"a""b\n\nc",2026-03-02,1\nada,2026-03-02,1\n`;
    expect(await read('b.csv', text)).toEqual([
      [2, row('a"b\n\nc')],
      [5, row('ada')],
    ]);
  });

  it('goes on behind rows that it cannot read', async () => {
    const lines = [
      HEADER,
      'ada,2026-03-02',
      'a"b,2026-03-02,1',
      '"ada"x,2026-03-02,1',
      'ada,2026-03-02,1,x',
      'ada\u0000,2026-03-02,1',
      'x'.repeat(MAX_LINE_BYTES + 1),
      'ada,2026-03-02,1',
    ];
    expect(await read('c.csv', lines.join('\n'))).toEqual([
      [2, 'WRONG_FIELD_COUNT'],
      [3, 'BROKEN_QUOTES'],
      [4, 'BROKEN_QUOTES'],
      [5, 'WRONG_FIELD_COUNT'],
      [6, 'NUL_BYTE'],
      [7, 'LINE_TOO_LONG'],
      [8, row('ada')],
    ]);
  });

  it('says that it was cut, in the middle of a row or of a quote', async () => {
    expect(await read('d.csv', `${HEADER}\nada,2026-0`)).toEqual([[2, 'TRUNCATED']]);
    expect(await read('e.csv', `${HEADER}\n"ada,2026-03-02,1\nbob,2026-03-02,1\n`)).toEqual([
      [2, 'TRUNCATED'],
    ]);
  });

  it('does not keep a quote open for ever', async () => {
    const filler = `${'y'.repeat(99)}\n`.repeat(MAX_LINE_BYTES / 100 + 10);
    const rows = await read('f.csv', `${HEADER}\n"open\n${filler}ada,2026-03-02,1\n`);
    expect(rows[0]).toEqual([2, 'BROKEN_QUOTES']);
    expect(rows.at(-1)).toEqual([MAX_LINE_BYTES / 100 + 13, row('ada')]);
  });

  it.each([
    ['an unknown column', 'login,date,interactions,mood', '"mood" is none'],
    ['a column twice', 'login,date,interactions,date', 'date is there twice'],
    ['no login', 'date,interactions', 'login is missing'],
    ['no number', 'login,date', 'it names no number'],
  ])('refuses a header with %s', async (_what, header, sentence) => {
    await expect(read('g.csv', `${header}\nx,y\n`)).rejects.toThrow(sentence);
  });

  it.each([
    ['semicolons', ';', ''],
    ['tabs', '\t', ''],
    ['a line that names the separator', ',', 'sep=,\r\n'],
    ['a line that names a separator of its own', '^', 'sep=^\n'],
  ])('takes %s', async (_what, separator, above) => {
    const table = [HEADER, 'ada,2026-03-02,1', '"ada","2026-03-02","1"'].join('\n');
    const first = above === '' ? 2 : 3;
    expect(await read('s.csv', `${above}${table.replaceAll(',', separator)}\n`)).toEqual([
      [first, row('ada')],
      [first + 1, row('ada')],
    ]);
  });

  it('takes a decimal comma beside semicolons, and refuses what may be thousands', async () => {
    const rows = await read(
      't.csv',
      'Login;Date;Interactions;Credits\nada;2026-03-02;1;3,5\nada;2026-03-03;1.000;3,5\n',
    );
    expect(rows).toEqual([
      [2, { ...row('ada'), credits: '3,5' }],
      [3, 'NOT_A_NUMBER'],
    ]);
  });

  it('leaves out what spreadsheets put around a table, and names the lines that hold something', async () => {
    const lines = [
      'AI usage, March',
      '',
      'Exported by Ada;;',
      ',Login,Date,Interactions,,',
      ',ada,2026-03-02,1,,',
      ',,,,,',
      '\u00a0,,,,,',
      ',ada,2026-03-03,1',
      ',ada,2026-03-04,1,,,,',
      ',Total,,3,,',
      ',,Grand total,3,,',
      ',"Exported on 5 March, by Ada",,,,',
      ',only paid seats, of March',
      'Note',
      ',,,',
    ];
    const on = (date: string) => ({ ...row('ada'), date });
    expect(await read('u.csv', lines.join('\r\n'))).toEqual([
      [1, null],
      [3, null],
      [5, on('2026-03-02')],
      [8, on('2026-03-03')],
      [9, on('2026-03-04')],
      [10, null],
      [11, null],
      [12, null],
      [13, null],
      [14, null],
    ]);
  });

  it('takes as many empty columns as a sheet has, and keeps little of long lines above a heading', async () => {
    const ghosts = ','.repeat(16_384);
    const table = `${HEADER}${ghosts}\nada,2026-03-02,1${ghosts}\n`;
    expect(await read('bb.csv', table)).toEqual([[2, row('ada')]]);
    const before = process.memoryUsage().heapUsed;
    let held = 0;
    const titles = Array.from({ length: 20 }, (_, index) => `${index}${','.repeat(900_000)}\n`);
    async function* chunks() {
      for (const text of [...titles, table]) {
        yield Buffer.from(text);
        held = Math.max(held, process.memoryUsage().heapUsed - before);
      }
    }
    expect((await collect(readCsvRows(readLines(chunks()), null))).at(-1)).toEqual({
      line: 22,
      row: row('ada'),
    });
    expect(held).toBeLessThan(150 * 1024 * 1024);
  });

  it('passes over headings of files that were put one behind the other', async () => {
    const table = `\uFEFF${HEADER}\r\nada,2026-03-02,1\r\n`;
    expect(await read('aa.csv', `${table}${table}`)).toEqual([
      [2, row('ada')],
      [3, null],
      [4, row('ada')],
    ]);
  });

  it('refuses what may be usage that lost a part', async () => {
    const lines = [
      `${HEADER},credits`,
      ',,7,',
      'ada,,7,',
      'ada,2026-03-02,,',
      'total-eclipse,,7,',
      'total,2026-03-02,7',
      ',2026-03-02,7,1,9',
      'ada,2026-03-02',
      'ada',
    ];
    const rows = await read('v.csv', lines.join('\n'));
    expect(rows.map((line) => (line as unknown[])[0])).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(rows).not.toContainEqual([expect.anything(), null]);
    expect(rows.slice(-3)).toEqual([
      [7, 'WRONG_FIELD_COUNT'],
      [8, 'WRONG_FIELD_COUNT'],
      [9, 'TRUNCATED'],
    ]);
  });

  it('names the line that is most like a heading when there is none', async () => {
    const titles = 'AI usage\nMarch\n';
    await expect(read('w.csv', `${titles}login,day,interactions\nada,1,1\n`)).rejects.toThrow(
      'Line 3 must name the columns, separated by commas: "day" is none.',
    );
    await expect(read('x.csv', 'a,b\n'.repeat(50_000))).rejects.toThrow('Line 1 must name');
    await expect(read('y.csv', '"a\nb\n')).rejects.toThrow('Line 1 must name');
    await expect(read('z.csv', Buffer.from([0xff, 0x0a]))).rejects.toThrow(
      'Line 1 is no UTF-8 from byte 1 on',
    );
  });

  it('splits records as RFC 4180 has it', () => {
    const split = (...lines: string[]) => {
      const reader = createCsvRecordReader();
      return lines.map((line) => reader.take(line)).at(-1);
    };
    expect(split('a,,"b,""c"""')).toEqual({ fields: ['a', '', 'b,"c"'], state: 'WHOLE' });
    expect(split('"a"')).toEqual({ fields: ['a'], state: 'WHOLE' });
    expect(split('"a",')).toEqual({ fields: ['a', ''], state: 'WHOLE' });
    expect(split('x,"a', '', 'b"",', '",y')).toEqual({
      fields: ['x', 'a\n\nb",\n', 'y'],
      state: 'WHOLE',
    });
    expect(split('"a"b')).toMatchObject({ state: 'BROKEN' });
    expect(split('a"b"')).toMatchObject({ state: 'BROKEN' });
  });
});
