import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createComputeActivities } from '../../../src/activities/rollups/compute.ts';
import { toDefinitionRebuild } from '../../../src/contracts/rollups.ts';
import { applyAll, open } from '../db/rollups/rebuilds.ts';
import { dumpFacts } from '../db/stored-rows.ts';
import { openTrial, type Trial } from './checked-trial.ts';

let trial: Trial;

beforeAll(async () => {
  trial = await openTrial('reverts');
  await trial.sync();
});

afterAll(() => trial.close());

/** What is stored of them, whatever wrote it. */
const stored = () => trial.rows('SELECT to_jsonb(p) FROM pull_request p ORDER BY number');
const flags = () => trial.rows('SELECT number, is_revert FROM pull_request ORDER BY number');

/** As an earlier version stored it: the word anywhere in the title, the first commit of the last 90 days. */
async function storeByOlderDefinition(): Promise<void> {
  await trial.rows(`
    WITH old AS (
      UPDATE pull_request SET is_revert = true, is_hotfix = true, reverts = '{#1}', cycle_time_seconds = cycle_time_seconds + 60,
        coding_seconds = coding_seconds + 60, started_at = started_at - interval '1 minute'
    )
    UPDATE team SET rollup_definition = 'v2' RETURNING 1`);
}

describe('reverts of a recorded repository', () => {
  it('say so in form, and so many are in the week', async () => {
    const expected = trial.checks.map((check) => check.expected);
    expect(expected).toHaveLength(8);
    expect(await flags()).toEqual(
      expected.slice(0, 7).map((isRevert, index) => [index + 1, isRevert]),
    );
    expect(await trial.weekOf('revert_count')).toEqual([expected[7]]);
  });

  it('read again unchanged change no row', async () => {
    const before = await dumpFacts(trial.scene.sql, trial);
    await trial.sync();
    expect(await dumpFacts(trial.scene.sql, trial)).toEqual(before);
  });

  it('are computed anew from what is stored by a new definition, in batches, and once', async () => {
    const before = await stored();
    await storeByOlderDefinition();
    expect(await stored()).not.toEqual(before);
    const rebuildId = await open(trial.scene.db, trial);
    expect(await applyAll(trial.scene.db, trial, rebuildId, 3)).toMatchObject({
      pullRequestsDone: 7,
      pullRequestsTotal: 7,
    });
    expect(await stored()).toEqual(before);
  });

  it('are computed by the activities of a rebuild for a new definition, and not for the same one', async () => {
    const before = await flags();
    await storeByOlderDefinition();
    // The rebuild of the test before is still open.
    await trial.rows(`DELETE FROM rollup_rebuild RETURNING 1`);
    const activities = createComputeActivities({ db: trial.scene.db });
    const { rebuildId, appliesDefinition } = await activities.openRebuild({
      ...toDefinitionRebuild(String(trial.teamId)),
      workflowId: 'rebuild',
      workflowRunId: 'run',
      appliesInSteps: true,
    });
    expect(appliesDefinition).toBe(true);
    const key = { teamId: String(trial.teamId), rebuildId };
    expect(await activities.applyDefinition(key)).toMatchObject({ more: false });
    expect(await flags()).toEqual(before);
    await trial.rows(`UPDATE team SET rollup_definition = 'v3' RETURNING 1`);
    await trial.rows('UPDATE pull_request SET is_hotfix = true RETURNING 1');
    const changed = await stored();
    expect(await applyAll(trial.scene.db, trial, BigInt(rebuildId))).toBeNull();
    await activities.applyDefinition(key);
    expect(await stored()).toEqual(changed);
  });
});
