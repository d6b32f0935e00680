import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';

const LONG = 'x'.repeat(10_000);

describe('an input that cannot be used', () => {
  let world: ApiWorld;
  let team: SeededTeam;

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha' });
  });
  afterAll(async () => {
    await world?.close();
  });

  it.each([
    ['startBackfill', { daysBack: 0 }, 'daysBack'],
    ['startBackfill', { since: '2099-01-01T00:00:00Z' }, 'since'],
    ['startBackfill', { repositories: ['no name'] }, 'repositories'],
    ['connectGitHub', { token: 'a b' }, 'token'],
    ['connectGitHub', { token: 'ghp_x', label: LONG }, 'label'],
    ['connectGitHub', { token: 'ghp_x', apiUrl: 'nowhere' }, 'apiUrl'],
    ['connectGitHub', { token: 'ghp_x', webhookSecret: 'short' }, 'webhookSecret'],
    ['connectGitHub', {}, null],
    ['updateTeamSettings', { timeZone: 'Mars/Olympus' }, 'timeZone'],
    ['rebuildRollups', { from: '2026-03-01', to: '2026-02-01' }, 'to'],
    ['createIncidentSource', { name: '' }, 'name'],
    ['importAiUsage', { source: 'CURSOR', rows: [] }, 'rows'],
    ['trackBranches', { branches: [''] }, 'branches'],
  ])('names its field: %s %j', async (mutation, input, field) => {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    const { data, errors } = await world.ask<Record<string, unknown>>(
      team.adminToken,
      `mutation ($input: ${type}!) { ${mutation}(input: $input) {
        __typename ... on InvalidInputError { field message } } }`,
      { input: { teamId: globalId.team(team.teamId), ...input } },
    );
    expect(errors).toEqual([]);
    expect(data[mutation]).toMatchObject({ __typename: 'InvalidInputError', field });
  });
});
