import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiWorld, graphqlRequest, readAnswer, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const REPORT = `mutation ($input: ReportIncidentInput!) { reportIncident(input: $input) {
  ... on IncidentPayload { incident { id resolvedAt } } ... on UserError { code message } } }`;

const RESOLVE = `mutation ($input: ResolveIncidentInput!) { resolveIncident(input: $input) {
  ... on IncidentPayload { incident { id resolvedAt } } ... on UserError { code message } } }`;

interface Told {
  readonly code?: string;
  readonly message?: string;
  readonly incident?: { readonly id: string; readonly resolvedAt: string | null };
}

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
  ['ahead of', 400],
  ['behind', -400],
])(
  'incidents are of the past by the database’s clock when the gateway’s is 400 d %s it',
  async (side, days) => {
    const [row] = await world.sql<{ now: Date }>('SELECT now() AS now');
    const inDays = (n: number): Date => new Date((row?.now ?? new Date(0)).getTime() + n * DAY_MS);
    // Half an hour more, so that the whole days stay the same while the test goes on.
    const shift = days + Math.sign(days) / 48;
    const gateway = world.createGateway({ now: () => inDays(shift) });
    const tell = async (query: string, input: object): Promise<Told> => {
      const answer = await gateway.fetch(graphqlRequest(team.adminToken, query, { input }));
      const { data } = await readAnswer<Readonly<Record<string, Told>>>(answer);
      return Object.values(data)[0] ?? {};
    };
    const report = (input: object) =>
      tell(REPORT, {
        teamId: globalId.team(team.teamId),
        externalId: side,
        title: 'Down',
        openedAt: inDays(-2),
        ...input,
      });
    const skew = `The clock of the gateway is 400 d ${side} the database's`;
    const refused = (field: string) => ({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(`^${field} lies in the future: .*${skew}`) as string,
    });
    expect(await report({ openedAt: inDays(1) })).toMatchObject(refused('openedAt'));
    expect(await report({ resolvedAt: inDays(1) })).toMatchObject(refused('resolvedAt'));
    const { incident } = await report({});
    expect(incident).toMatchObject({ resolvedAt: null });
    const resolve = (input: object) => tell(RESOLVE, { incidentId: incident?.id, ...input });
    expect(await resolve({ resolvedAt: inDays(1) })).toMatchObject(refused('resolvedAt'));
    const resolved = Date.parse((await resolve({})).incident?.resolvedAt ?? '');
    expect(Math.floor((resolved - inDays(0).getTime()) / DAY_MS)).toBe(0);
    await gateway.dispose();
  },
);
