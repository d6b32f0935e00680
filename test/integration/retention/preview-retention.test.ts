import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderPreview } from '../../../src/cli/retention/retention-table.ts';
import {
  findTeam,
  previewRetention,
  type RetentionPreviewOptions,
} from '../../../src/runtime/database/preview-retention.ts';
import { addTeam, openScene, readNumber, type Scene } from '../db/scene.ts';
import { addUsage, addWeek, readAudit } from '../db/usage/usage-rows.ts';

/** 365 days before: 2025-07-15; 60 days before: 2026-05-16. */
const NOW = new Date('2026-07-15T12:00:00Z');

let scene: Scene;
let alpha: bigint;

beforeEach(async () => {
  scene = await openScene();
  alpha = (await addTeam(scene.sql, 'alpha')).teamId;
  const beta = (await addTeam(scene.sql, 'beta')).teamId;
  for (const teamId of [alpha, beta]) {
    await addUsage(scene.sql, teamId, { from: '2025-06-01', to: '2025-07-20', members: 2 });
    await addWeek(scene.sql, teamId, { generation: 1, week: '2024-01-01' });
  }
});

afterEach(async () => {
  await scene.close();
});

const platform = (hasOwner = true) => ({
  database: {
    url: scene.database.applicationUrl,
    directUrl: hasOwner ? scene.database.maintenanceUrl : undefined,
  },
});

function preview(options: Partial<RetentionPreviewOptions> = {}, hasOwner = true) {
  return previewRetention(platform(hasOwner), {
    days: null,
    kind: null,
    teamId: null,
    now: NOW,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...options,
  });
}

describe('throughline retention --dry-run', () => {
  it('shows months and rows of every team, and removes nothing', async () => {
    const expired = await preview();
    expect(expired.partitions).toMatchObject([{ name: 'ai_usage_daily_2025_06', rows: 120 }]);
    expect(
      expired.teams.map(({ slug, tables }) => [
        slug,
        ...tables.filter(({ rows }) => rows > 0).map(({ table, rows }) => [table, rows]),
      ]),
    ).toEqual([
      ['alpha', ['ai_usage_daily', 88], ['weekly_metrics', 1]],
      ['beta', ['ai_usage_daily', 88], ['weekly_metrics', 1]],
    ]);
    expect(await readNumber(scene.sql, 'SELECT count(*) FROM ai_usage_daily')).toBe(200);
    expect(await readAudit(scene.sql, alpha)).toEqual([]);
    const text = renderPreview(expired);
    expect(text).toContain('ai_usage_daily_2025_06');
    expect(text).toMatch(/alpha +│ ai_usage_daily +│ 2025-07-15 +│ 88 +│ 2025-06-01 +│ 2025-07-14/);
    expect(text).toContain('1 2025-06-01 COPILOT');
    expect(text).toContain('Nothing was removed: this was a dry run.');
  });

  it('of one team leaves the months and the other teams out', async () => {
    const teamId = await findTeam(platform(), 'beta');
    const expired = await preview({ teamId, days: 30, kind: 'AI_USAGE' });
    expect(expired.partitions).toEqual([]);
    expect(expired.teams.map(({ slug }) => slug)).toEqual(['beta']);
    await expect(findTeam(platform(), 'gamma')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(findTeam(platform(false), 'beta')).rejects.toThrow(/DATABASE_DIRECT_URL/);
  });

  it('refuses days out of bounds, and stops when it is interrupted', async () => {
    await expect(preview({ days: 29 })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(preview({ signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  it('lists no months without the owner’s connection, and says when nothing is too old', async () => {
    const withoutOwner = await preview({}, false);
    expect(withoutOwner.partitions).toEqual([]);
    expect(renderPreview(withoutOwner)).toContain('set DATABASE_DIRECT_URL');
    expect(renderPreview(await preview({ days: 3650 }))).toBe(
      'Nothing is older than the teams keep it.\n',
    );
  });
});
