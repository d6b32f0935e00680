import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AiUsageProblem, RawAiUsageRow } from '../../../../src/domain/usage/ai-usage-row.ts';
import {
  importTeamUsage,
  type AiUsageFile,
  type AiUsageFileOptions,
  type AiUsageLine,
} from '../../../../src/runtime/usage/import-ai-usage.ts';
import { addTeam, openScene, readNumber, type Scene } from '../scene.ts';

let scene: Scene;
let teamId: bigint;

beforeAll(async () => {
  scene = await openScene();
  ({ teamId } = await addTeam(scene.sql, 'alpha'));
  await scene.sql.query(
    `INSERT INTO member (team_id, github_id, login, kind, kind_rule, is_external)
     SELECT $1, g, 'Dev-' || g, 'HUMAN', 'test', false FROM generate_series(1, 200) g`,
    [teamId],
  );
});
beforeEach(async () => {
  await scene.sql.query('TRUNCATE ai_usage_daily, rollup_dirty, weekly_metrics, admin_audit');
});
afterAll(async () => {
  await scene?.close();
});

const row = (login: string, date: string, shown = 10): RawAiUsageRow => ({
  login,
  date,
  suggestions_shown: shown,
});

/** Rows as a file has them, one a line from line 1 on, in batches. */
function fileOf(rows: readonly (RawAiUsageRow | AiUsageProblem)[], batch = 1_000): AiUsageFile {
  return {
    name: 'usage.ndjson',
    hasChanged: () => Promise.resolve(false),
    async *lines() {
      const lines = rows.map((value, index): AiUsageLine =>
        'code' in value
          ? { line: index + 1, problem: value as AiUsageProblem }
          : { line: index + 1, row: value },
      );
      for (let at = 0; at < lines.length; at += batch) {
        yield lines.slice(at, at + batch);
      }
    },
  };
}

interface ReportedProblem {
  readonly line: number;
  readonly code: string;
}

async function importFile(file: AiUsageFile, options: Partial<AiUsageFileOptions> = {}) {
  const problems: ReportedProblem[] = [];
  const summary = await importTeamUsage(
    { database: { url: scene.database.applicationUrl, directUrl: scene.database.maintenanceUrl } },
    {
      teamSlug: 'alpha',
      source: 'CURSOR',
      file,
      dryRun: false,
      skipBad: false,
      sum: false,
      signal: new AbortController().signal,
      onProblem: (line, { code }) => problems.push({ line, code }),
      onPassedOver: () => undefined,
      onProgress: () => undefined,
      ...options,
    },
  );
  return { ...summary, problems };
}

const stored = (): Promise<number> => readNumber(scene.sql, 'SELECT count(*) FROM ai_usage_daily');

async function audits(): Promise<unknown[]> {
  const { rows } = await scene.sql.query<{ details: unknown }>(
    `SELECT details FROM admin_audit WHERE action = 'AI_USAGE_IMPORT' ORDER BY id`,
  );
  return rows.map(({ details }) => details);
}

describe('importing a file of AI usage', () => {
  const GOOD = [row('dev-1', '2026-03-02'), row('DEV-2', '2026-03-02', 7)];
  const BAD = [row('nobody', '2026-03-02'), row('dev-1', '2026-03-02', 11)];

  it('writes the rows, rolls their weeks up and leaves an audit; again, it changes nothing', async () => {
    const first = await importFile(fileOf(GOOD));
    expect(first).toEqual({
      rows: 2,
      refused: 0,
      problems: [],
      written: { inserted: 2, updated: 0, unchanged: 0, weeksRolledUp: 1 },
    });
    const sum = 'SELECT sum(ai_suggestions_shown) FROM weekly_metrics';
    expect(await readNumber(scene.sql, sum)).toBe(17);
    const again = await importFile(fileOf(GOOD));
    expect(again.written).toEqual({ inserted: 0, updated: 0, unchanged: 2, weeksRolledUp: 0 });
    expect(await readNumber(scene.sql, sum)).toBe(17);
    expect(await audits()).toEqual([
      {
        source: 'CURSOR',
        file: 'usage.ndjson',
        rows: 2,
        refused: 0,
        inserted: 2,
        updated: 0,
        unchanged: 0,
      },
      {
        source: 'CURSOR',
        file: 'usage.ndjson',
        rows: 2,
        refused: 0,
        inserted: 0,
        updated: 0,
        unchanged: 2,
      },
    ]);
  });

  it('writes nothing when any row is bad, be it the last of many', async () => {
    const many = Array.from({ length: 6_000 }, (_, index) =>
      row(
        `dev-${1 + (index % 200)}`,
        `2026-02-${String(1 + Math.floor(index / 250)).padStart(2, '0')}`,
      ),
    );
    // 250 rows a day of 200 members: the last 50 of each day are duplicates.
    const { written, problems, refused } = await importFile(fileOf(many));
    expect([written, refused, await stored()]).toEqual([null, 24 * 50, 0]);
    expect(problems[0]).toEqual({ line: 201, code: 'DUPLICATE_KEY' });
    expect(await audits()).toEqual([]);
  });

  it('writes the good rest when it is asked to', async () => {
    const { written, problems } = await importFile(fileOf([...GOOD, ...BAD]), { skipBad: true });
    expect(written).toMatchObject({ inserted: 2 });
    expect(problems).toEqual([
      { line: 3, code: 'UNKNOWN_MEMBER' },
      { line: 4, code: 'DUPLICATE_KEY' },
    ]);
    expect(await stored()).toBe(2);
  });

  it('adds up the rows of a member and day when it is asked to; again, it changes nothing', async () => {
    const rows = [
      ...Array.from({ length: 3_000 }, (_, index) => ({
        ...row(`dev-${1 + (index % 3)}`, `2026-03-0${1 + (index % 2)}`, 1),
        credits: '0.1',
      })),
      row('dev-1', '2026-03-01'),
      row('nobody', '2026-03-01'),
    ];
    expect(await importFile(fileOf(rows.slice(0, -2)))).toMatchObject({
      refused: 2_994,
      written: null,
    });
    const first = await importFile(fileOf(rows, 100), { sum: true, skipBad: true });
    expect(first).toMatchObject({
      rows: 3_002,
      refused: 1,
      summed: 6,
      problems: [{ line: 3_002, code: 'UNKNOWN_MEMBER' }],
      written: { inserted: 6, updated: 0, unchanged: 0, weeksRolledUp: 2 },
    });
    const shown = 'SELECT sum(suggestions_shown) FROM ai_usage_daily';
    expect(await readNumber(scene.sql, shown)).toBe(3_010);
    expect(await readNumber(scene.sql, 'SELECT sum(credits) FROM ai_usage_daily')).toBe(300);
    const again = await importFile(fileOf(rows.slice(0, -1)), { sum: true });
    expect(again.written).toEqual({ inserted: 0, updated: 0, unchanged: 6, weeksRolledUp: 0 });
    const dry = await importFile(fileOf(rows), { sum: true, dryRun: true });
    expect(dry).toMatchObject({ rows: 3_002, refused: 1, summed: 6, written: null });
  });

  it('passes over what is no row, and tells its line once', async () => {
    const passedOver: number[] = [];
    const file: AiUsageFile = {
      ...fileOf(GOOD),
      async *lines() {
        yield [{ line: 1, passedOver: true }];
        yield* fileOf(GOOD).lines();
      },
    };
    const summary = await importFile(file, { onPassedOver: (line) => passedOver.push(line) });
    expect(summary).toMatchObject({ rows: 2, refused: 0, written: { inserted: 2 } });
    expect(passedOver).toEqual([1]);
  });

  it('writes nothing in a dry run, and tells the same', async () => {
    for (const skipBad of [false, true]) {
      const summary = await importFile(fileOf([...GOOD, ...BAD]), { dryRun: true, skipBad });
      expect(summary).toMatchObject({ rows: 4, refused: 2, written: null });
    }
    expect([await stored(), await audits()]).toEqual([0, []]);
  });

  it('refuses a file that becomes another one between checking and writing', async () => {
    let passes = 0;
    const file: AiUsageFile = {
      ...fileOf(GOOD),
      lines: () => {
        passes += 1;
        return fileOf(passes === 1 ? GOOD : BAD).lines();
      },
    };
    await expect(importFile(file)).rejects.toThrow('usage.ndjson changed while it was read');
    await expect(
      importFile({ ...fileOf(GOOD), hasChanged: () => Promise.resolve(true) }),
    ).rejects.toThrow('changed while it was read');
    expect(await stored()).toBe(0);
  });

  it('goes on where it was stopped: what was committed is found unchanged', async () => {
    const days = Array.from({ length: 300 }, (_, index) =>
      new Date(Date.UTC(2025, 4, 1 + index)).toISOString().slice(0, 10),
    );
    const rows = days.flatMap((day) =>
      Array.from({ length: 200 }, (_, member) => row(`dev-${member + 1}`, day)),
    );
    const stop = new AbortController();
    const stopped = importFile(fileOf(rows), {
      skipBad: true,
      signal: stop.signal,
      onProgress: (message) => {
        if (message.startsWith('58000 rows')) {
          stop.abort(new Error('stopped by the test'));
        }
      },
    });
    await expect(stopped).rejects.toThrow('stopped by the test');
    const before = await stored();
    expect(await audits()).toEqual([
      { source: 'CURSOR', file: 'usage.ndjson', rows: 58_000, refused: 0, stopped: true },
    ]);
    const { written } = await importFile(fileOf(rows));
    expect(written).toMatchObject({ inserted: 60_000 - before, updated: 0, unchanged: before });
    expect(await stored()).toBe(60_000);
    const shown = 'SELECT sum(ai_suggestions_shown) FROM weekly_metrics';
    expect(await readNumber(scene.sql, shown)).toBe(600_000);
  });

  it('fails with what stopped it, also when the audit cannot be written any more', async () => {
    const reported: string[] = [];
    const file: AiUsageFile = {
      ...fileOf(GOOD),
      async *lines() {
        yield* fileOf(GOOD).lines();
        await scene.sql.query('REVOKE INSERT ON admin_audit FROM throughline_application');
        throw new Error('the disk is gone');
      },
    };
    try {
      await expect(
        importFile(file, { skipBad: true, onProgress: (message) => reported.push(message) }),
      ).rejects.toThrow('the disk is gone');
    } finally {
      await scene.sql.query('GRANT INSERT ON admin_audit TO throughline_application');
    }
    expect(reported.at(-1)).toMatch(/^the audit does not name this import/);
    expect(await audits()).toEqual([]);
  });

  it('knows neither a team that is not there nor the members of another one', async () => {
    await expect(importFile(fileOf(GOOD), { teamSlug: 'none' })).rejects.toThrow(
      'There is no team with the slug "none"',
    );
    await addTeam(scene.sql, 'beta');
    const { problems } = await importFile(fileOf(GOOD), { teamSlug: 'beta' });
    expect(problems.map(({ code }) => code)).toEqual(['UNKNOWN_MEMBER', 'UNKNOWN_MEMBER']);
    await expect(importFile(fileOf([]))).rejects.toThrow('usage.ndjson holds no rows');
  });
});
