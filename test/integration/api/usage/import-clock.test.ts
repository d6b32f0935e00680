import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiWorld, graphqlRequest, readAnswer, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const IMPORT = `mutation ($input: ImportAiUsageInput!) { importAiUsage(input: $input) {
  ... on ImportAiUsagePayload { accepted problems { index code } } ... on UserError { code message } } }`;

let world: ApiWorld;
let team: SeededTeam;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha', members: 1 });
});
afterAll(async () => {
  await world?.close();
});

it.each([
  ['ahead of', 400],
  ['behind', -400],
])(
  'usage is of the past by the database’s clock when the gateway’s is 400 d %s it',
  async (_side, days) => {
    const [row] = await world.sql<{ now: Date }>('SELECT now() AS now');
    const inDays = (n: number): Date => new Date((row?.now ?? new Date(0)).getTime() + n * DAY_MS);
    const gateway = world.createGateway({ now: () => inDays(days) });
    const rows = [-1, 3].map((n) => ({
      login: 'dev-001',
      date: inDays(n).toISOString().slice(0, 10),
      interactions: 1,
    }));
    const input = { teamId: globalId.team(team.teamId), source: 'OTHER', rows, skipBad: true };
    const answer = await gateway.fetch(graphqlRequest(team.adminToken, IMPORT, { input }));
    expect((await readAnswer(answer)).data).toEqual({
      importAiUsage: { accepted: 1, problems: [{ index: 1, code: 'DATE_IN_FUTURE' }] },
    });
    await gateway.dispose();
  },
);
