import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAiUsageFile } from '../../../../src/cli/usage/ai-usage-file.ts';
import { MAX_COPY_BYTES, renderImportHelp } from '../../../../src/cli/usage/import-help.ts';
import { MAX_LINE_BYTES, readLines } from '../../../../src/cli/usage/ai-usage-file/lines.ts';
import { collect, HEADER, readFile, row } from './read-file.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'throughline-usage-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const NO_INPUT = Readable.from([]);

describe('NDJSON', () => {
  it('names the line of what is no object, no UTF-8, too long or cut', async () => {
    const good = '{"login":"ada","date":"2026-03-02","interactions":1}\n';
    const content = Buffer.concat([
      Buffer.from(good),
      Buffer.from('{"login":"a"\n[1]\n{"interactions":NaN}\n\n'),
      Buffer.from([0x7b, 0xc3, 0x28, 0x0a]),
      Buffer.from(`${'x'.repeat(10 * MAX_LINE_BYTES)}\n`),
      Buffer.from(good),
      Buffer.from('{"login":"ada","da'),
    ]);
    expect(await readFile('h.ndjson', content)).toEqual([
      [1, { login: 'ada', date: '2026-03-02', interactions: 1 }],
      [2, 'NOT_JSON'],
      [3, 'NOT_JSON'],
      [4, 'NOT_JSON'],
      [6, 'BROKEN_UTF8'],
      [7, 'LINE_TOO_LONG'],
      [8, { login: 'ada', date: '2026-03-02', interactions: 1 }],
      [9, 'TRUNCATED'],
    ]);
  });
});

describe('lines', () => {
  async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) {
      yield bytes.subarray(at, at + size);
    }
  }

  it('are the same however the file is cut, and say at which byte they break', async () => {
    const bytes = Buffer.concat([
      Buffer.from('one\r\nzwölf 🦊\n\n'),
      Buffer.from([0x61, 0xe2, 0x82, 0x0a]),
      Buffer.from('end'),
    ]);
    for (const size of [1, 2, 3, 7, 1000]) {
      const lines = await collect(readLines(chunksOf(bytes, size)));
      expect(lines.map(({ number, text }) => [number, text])).toEqual([
        [1, 'one'],
        [2, 'zwölf 🦊'],
        [3, ''],
        [4, ''],
        [5, 'end'],
      ]);
      expect(lines[3]?.problem?.message).toContain('from byte 2 on');
      expect(lines.map((line) => line.isOpenEnded)).toEqual([false, false, false, false, true]);
    }
  });

  it('hold nothing of a line that is too long', async () => {
    let held = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (let sent = 0; sent < 2_000; sent += 1) {
        yield Buffer.alloc(256 * 1024, 0x78);
        held = Math.max(held, process.memoryUsage().arrayBuffers);
      }
    }
    const before = process.memoryUsage().arrayBuffers;
    const lines = await collect(readLines(endless()));
    expect(lines.map((line) => line.problem?.code)).toEqual(['LINE_TOO_LONG']);
    // 500 MB went through; garbage of some chunks may still wait to be collected.
    expect(held - before).toBeLessThan(150 * 1024 * 1024);
  });
});

describe('opening', () => {
  it('reads standard input as often as it is asked to, as CSV or as NDJSON', async () => {
    const file = await openAiUsageFile('-', Readable.from([`${HEADER}\n`, 'ada,2026-03-02,1\n']));
    for (let pass = 0; pass < 2; pass += 1) {
      const rows = await collect(file.lines());
      expect(rows).toEqual([{ line: 2, row: row('ada') }]);
    }
    expect([file.name, await file.hasChanged()]).toEqual(['standard input', false]);
    await file.close();
    const json = await openAiUsageFile('-', Readable.from([' \n{"login":"ada"}\n']));
    expect(await collect(json.lines())).toEqual([{ line: 2, row: { login: 'ada' } }]);
    await json.close();
  });

  it('copies no more than its bound of what can be read only once, and says what to do', async () => {
    let given = 0;
    function* endless(): Generator<string> {
      for (;;) {
        given += 1_000;
        yield 'x'.repeat(1_000);
      }
    }
    const folders = async () =>
      (await readdir(tmpdir())).filter((name) => name.startsWith('throughline-import-'));
    const before = await folders();
    const tooLarge = {
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining(
        'is larger than 1,000,000 bytes, which is too much to copy: save it as a file',
      ) as unknown,
    };
    await expect(openAiUsageFile('-', Readable.from(endless()), 1_000_000)).rejects.toMatchObject(
      tooLarge,
    );
    expect(given).toBeLessThan(1_200_000);
    // What is no file is copied as well, such as a pipe that a shell names.
    await expect(openAiUsageFile('/dev/zero', NO_INPUT, 1_000_000)).rejects.toMatchObject(tooLarge);
    expect(await folders()).toEqual(before);
    const whole = await openAiUsageFile('-', Readable.from([`${HEADER}\n`]), HEADER.length + 1);
    await whole.close();
  });

  it('takes a file of any size, because it is not copied', async () => {
    const path = join(folder, 'large.csv');
    await writeFile(path, `${HEADER}\nada,2026-03-02,1\n`);
    const file = await openAiUsageFile(path, NO_INPUT, 10);
    expect(await collect(file.lines())).toHaveLength(1);
    await file.close();
  });

  it('has its bound in the help of the command', () => {
    expect(renderImportHelp()).toContain('up to 1,000,000,000\nbytes');
    expect(MAX_COPY_BYTES).toBe(1_000_000_000);
  });

  it('notices that the file grew', async () => {
    const path = join(folder, 'grows.csv');
    await writeFile(path, `${HEADER}\n`);
    const file = await openAiUsageFile(path, NO_INPUT);
    await writeFile(path, 'ada,2026-03-02,1\n', { flag: 'a' });
    expect(await file.hasChanged()).toBe(true);
    await file.close();
  });

  it('says what stands in the way', async () => {
    const open = (path: string) => openAiUsageFile(path, NO_INPUT);
    await expect(open(join(folder, 'none.csv'))).rejects.toThrow('there is no such file');
    await expect(open(folder)).rejects.toThrow('is a folder: name a file');
    await writeFile(join(folder, 'empty.csv'), '');
    await expect(open(join(folder, 'empty.csv'))).rejects.toThrow('is empty');
  });
});
