import { describe, expect, it } from 'vitest';
import {
  mapOrganizationRow,
  mapSeat,
  mapUserRow,
  UnusableRow,
} from '../../../../src/github/usage/map-copilot.ts';
import { BrokenReport } from '../../../../src/github/usage/report-download.ts';
import {
  MAX_LINE_BYTES,
  readReportLines,
  type ReportLine,
} from '../../../../src/github/usage/report-lines.ts';
import { readReportRows } from '../../../../src/github/usage/report-rows.ts';

const DAY = '2026-06-08';

function aRow(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    day: DAY,
    organization_id: '9',
    user_id: 7,
    user_login: 'ana',
    user_initiated_interaction_count: 4,
    code_generation_activity_count: 100,
    code_acceptance_activity_count: 30,
    loc_suggested_to_add_sum: 300,
    loc_added_sum: 90,
    ...changes,
  };
}

const lineOf = (changes: Readonly<Record<string, unknown>> = {}) => JSON.stringify(aRow(changes));

/** Bytes in pieces of a size, as a network brings them. */
async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
  }
}

async function linesOf(bytes: Uint8Array, size: number): Promise<ReportLine[]> {
  const lines: ReportLine[] = [];
  for await (const line of readReportLines(inPieces(bytes, size))) {
    lines.push(line);
  }
  return lines;
}

const bytesOf = (...parts: readonly (string | Uint8Array)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));

function readUsers(...files: readonly Uint8Array[]) {
  return readReportRows(
    files.map((file) => inPieces(file, 10_000)),
    (text) => mapUserRow(text, DAY),
    ({ actor }) => String(actor.githubId),
  );
}

describe('lines of a report', () => {
  it('are the same in pieces of any size, with either line break and letters of several bytes', async () => {
    const bytes = bytesOf('{"a":"é🦊"}\r\n\n{"b":"田中"}\n{"c":1}');
    for (const size of [1, 2, 3, 7, 1_000]) {
      const lines = await linesOf(bytes, size);
      expect(lines).toEqual([
        { line: 1, text: '{"a":"é🦊"}', problem: null, terminated: true },
        { line: 3, text: '{"b":"田中"}', problem: null, terminated: true },
        { line: 4, text: '{"c":1}', problem: null, terminated: false },
      ]);
    }
  });

  it('may have a million bytes and no more, however long they are', async () => {
    const longest = 'x'.repeat(MAX_LINE_BYTES);
    const bytes = bytesOf(longest, '\n', `${longest}y`, '\n', 'z'.repeat(12_000_000), '\n', '{}\n');
    const lines = await linesOf(bytes, 65_536);
    expect(lines.map(({ text, problem }) => text?.length ?? problem)).toEqual([
      MAX_LINE_BYTES,
      'TOO_LONG',
      'TOO_LONG',
      2,
    ]);
  });
});

describe('a row of the report per user', () => {
  it('is what one account did on one UTC day', () => {
    expect(mapUserRow(lineOf({ ai_credits_used: 12.34567 }), DAY)).toEqual({
      actor: {
        githubId: 7n,
        login: 'ana',
        name: null,
        kind: 'HUMAN',
        kindRule: 'seen in a Copilot report',
      },
      usage: {
        date: DAY,
        source: 'COPILOT',
        suggestionsShown: 100,
        suggestionsAccepted: 30,
        linesSuggested: 300,
        linesAccepted: 90,
        interactions: 4,
        activeHours: null,
        credits: 12.3457,
      },
    });
  });

  it('may be of a bot, and leaves out what was not used', () => {
    const { actor, usage } = mapUserRow(
      JSON.stringify({ day: DAY, user_id: 9, user_login: 'dependabot[bot]' }),
      DAY,
    );
    expect(actor).toMatchObject({ kind: 'BOT', kindRule: 'login ends in [bot]' });
    expect(usage).toMatchObject({ suggestionsShown: 0, interactions: 0, credits: null });
  });

  it.each([
    ['a count that is negative', lineOf({ loc_added_sum: -1 }), 'BAD_COUNT'],
    ['half a suggestion', lineOf({ code_generation_activity_count: 100.5 }), 'BAD_COUNT'],
    ['a count as text', lineOf({ code_generation_activity_count: '100' }), 'BAD_COUNT'],
    ['an absurd count', lineOf({ user_initiated_interaction_count: 10_000_001 }), 'BAD_COUNT'],
    ['a count beyond exact numbers', lineOf({ loc_added_sum: 2 ** 60 }), 'BAD_COUNT'],
    ['infinity', lineOf().replace('"loc_added_sum":90', '"loc_added_sum":1e999'), 'BAD_COUNT'],
    ['NaN', lineOf().replace('"loc_added_sum":90', '"loc_added_sum":NaN'), 'MALFORMED'],
    ['negative credits', lineOf({ ai_credits_used: -0.5 }), 'BAD_COUNT'],
    ['another day', lineOf({ day: '2026-06-07' }), 'WRONG_DAY'],
    ['no day', lineOf({ day: undefined }), 'WRONG_DAY'],
    ['no user', lineOf({ user_id: undefined }), 'NO_USER'],
    ['a user without a login', lineOf({ user_login: '' }), 'NO_USER'],
    ['an id that is no number', lineOf({ user_id: 'seven' }), 'MALFORMED'],
    ['a list', '[1]', 'MALFORMED'],
    ['nothing but null', 'null', 'MALFORMED'],
    ['a page of HTML', '<html>', 'MALFORMED'],
    ['brackets without end', '['.repeat(500_000), 'MALFORMED'],
  ])('is refused with %s', async (_what, line, problem) => {
    const report = await readUsers(bytesOf(lineOf({ user_id: 1 }), '\n', line, '\n'));
    expect(report).toMatchObject({
      rows: [{ actor: { githubId: 1n } }],
      refused: 1,
      refusals: [{ file: 1, line: 2, problem }],
    });
    expect(report.refusals[0]?.reason.length).toBeLessThan(200);
  });

  it('is refused with bytes that are no text, and a name of NUL letters is made storable', async () => {
    const report = await readUsers(
      bytesOf(lineOf(), '\n', '{"user_login":"', new Uint8Array([0xc3, 0x28]), '"}\n'),
      bytesOf('\u0000\n', lineOf({ user_id: 8, user_login: 'b\u0000b' }), '\n'),
    );
    expect(report.rows.map(({ actor }) => actor.login)).toEqual(['ana', 'b\uFFFDb']);
    expect(report.refusals).toMatchObject([
      { file: 1, line: 2, problem: 'BAD_TEXT' },
      { file: 2, line: 1, problem: 'BAD_TEXT' },
    ]);
  });

  it('is refused the second time that a report names its user, in another file too', async () => {
    const report = await readUsers(
      bytesOf(lineOf(), '\n'),
      bytesOf(lineOf({ loc_added_sum: 1 }), '\n'),
    );
    expect(report.rows).toMatchObject([{ usage: { linesAccepted: 90 } }]);
    expect(report.refusals).toMatchObject([{ file: 2, line: 1, problem: 'DUPLICATE' }]);
  });

  it('that is incomplete makes the whole report unusable; a last line without a break does not', async () => {
    const whole = bytesOf(lineOf(), '\n', lineOf({ user_id: 8 }));
    expect((await readUsers(whole)).rows).toHaveLength(2);
    const cut = readUsers(whole.subarray(0, -4));
    await expect(cut).rejects.toThrow(BrokenReport);
    await expect(cut).rejects.toMatchObject({ problem: 'TRUNCATED' });
  });

  it('is reported with its line number for the first twenty, and counted for all', async () => {
    const report = await readUsers(bytesOf('x\n'.repeat(50), lineOf(), '\n'));
    expect(report).toMatchObject({ refused: 50, rows: [{ actor: { login: 'ana' } }] });
    expect(report.refusals).toHaveLength(20);
  });
});

describe('the row of an organisation', () => {
  const anEntry = (changes: object) => ({
    code_generation_activity_count: 10,
    code_acceptance_activity_count: 4,
    ...changes,
  });
  it('adds up entries of one name, and never names a person', () => {
    const facts = mapOrganizationRow(
      lineOf({
        daily_active_users: 12,
        totals_by_language_feature: [
          anEntry({ language: 'go', feature: 'a' }),
          anEntry({ language: 'go', feature: 'b' }),
          anEntry({ language: '', feature: 'b' }),
        ],
      }),
      DAY,
    );
    expect(
      facts.map(({ dimension, name, activeUsers, suggestionsShown }) => [
        dimension,
        name,
        activeUsers,
        suggestionsShown,
      ]),
    ).toEqual([
      ['TOTAL', '', 12, 100],
      ['LANGUAGE', 'go', null, 20],
      ['LANGUAGE', 'unknown', null, 10],
    ]);
    expect(Object.keys(facts[0] ?? {})).not.toContain('actor');
  });

  it('keeps a part that accepted more than it showed', () => {
    const facts = mapOrganizationRow(
      lineOf({
        totals_by_ide: [anEntry({ ide: 'vim' })],
        totals_by_feature: [anEntry({ feature: 'agent_edit', code_acceptance_activity_count: 11 })],
      }),
      DAY,
    );
    expect(facts.map(({ dimension }) => dimension)).toEqual(['TOTAL', 'EDITOR', 'FEATURE']);
    expect(facts[2]).toMatchObject({ suggestionsShown: 10, suggestionsAccepted: 11 });
  });

  it.each([{ totals_by_ide: 'vim' }, { totals_by_ide: [null] }, { daily_active_users: -1 }])(
    'is refused with %j',
    (changes) => {
      expect(() => mapOrganizationRow(lineOf(changes), DAY)).toThrow(UnusableRow);
    },
  );
});

describe('a seat', () => {
  it('belongs to whom it is assigned, or to nobody', () => {
    expect(mapSeat({ created_at: '2026-01-01T00:00:00Z' })).toBeNull();
    expect(
      mapSeat({
        created_at: '2026-01-01T00:00:00Z',
        assignee: { id: 7, login: 'ana' },
        last_activity_at: null,
        pending_cancellation_date: '2026-07-01',
      }),
    ).toMatchObject({
      actor: { githubId: 7n, login: 'ana' },
      assignedAt: new Date('2026-01-01T00:00:00Z'),
      lastActivityAt: null,
      pendingCancellationOn: '2026-07-01',
    });
  });
});
