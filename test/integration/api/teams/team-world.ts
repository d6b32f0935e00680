import { createApiWorld, graphqlRequest, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, seedUser, type SeededTeam } from '../seed-team.ts';

/** Three teams, and an operator who belongs to none of them. */
export interface TeamWorld extends ApiWorld {
  readonly alpha: SeededTeam;
  readonly beta: SeededTeam;
  /** Its admin belongs to no other team. */
  readonly stranger: SeededTeam;
  readonly operator: { readonly userId: string; readonly token: string };
  /** Runs a mutation of teams, users or tokens: `addUser(input: …)` with what its payload selects. */
  change<Payload = Answer>(
    token: string | null,
    name: string,
    input: Readonly<Record<string, unknown>>,
    selection?: string,
  ): Promise<Payload>;
}

/** What a mutation answers: the name of its type, and the failure where it is one. */
export interface Answer {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
}

export async function createTeamWorld(): Promise<TeamWorld> {
  const world = await createApiWorld();
  const alpha = await seedTeam(world, { slug: 'alpha' });
  const beta = await seedTeam(world, { slug: 'beta' });
  const stranger = await seedTeam(world, { slug: 'stranger' });
  const operator = await seedUser(world, null, 'VIEWER', 'operator');
  await world.sql(`UPDATE app_user SET instance_role = 'OPERATOR' WHERE id = $1`, [
    operator.userId,
  ]);
  return {
    ...world,
    alpha,
    beta,
    stranger,
    operator,
    change: async <Payload>(
      token: string | null,
      name: string,
      input: Readonly<Record<string, unknown>>,
      selection = '',
    ) => {
      const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
      const query = `mutation ($input: ${type}!) {
        ${name}(input: $input) { __typename ... on UserError { code message } ${selection} }
      }`;
      const { data, errors } = await world.ask<Record<string, Payload>>(token, query, { input });
      if (data?.[name] === undefined) {
        throw new Error(`${name} answered no data: ${JSON.stringify(errors)}`);
      }
      return data[name];
    },
  };
}

export interface CreatedToken {
  readonly secret: string;
  readonly accessToken: { readonly id: string; readonly role: string; readonly expiresAt: string };
}

const TOKEN = `... on CreateAccessTokenPayload {
  secret accessToken { id role expiresAt createdBy userId lastUsedAt opensAllTeams }
}`;

/** Makes a user of a team with a token, as its admin. */
export async function addUserWithToken(
  world: TeamWorld,
  team: SeededTeam,
  email: string,
  role: 'ADMIN' | 'VIEWER',
): Promise<CreatedToken & { readonly userId: string }> {
  const teamId = globalId.team(team.teamId);
  const { user } = await world.change<{ user: { id: string } }>(
    team.adminToken,
    'addUser',
    { teamId, email, role },
    '... on AddUserPayload { user { id } }',
  );
  const created = await world.change<CreatedToken>(
    team.adminToken,
    'createAccessToken',
    { teamId, userId: user.id, name: 'test' },
    TOKEN,
  );
  return { ...created, userId: user.id };
}

/** Code with which a token is refused; null when it gets in. */
export async function refusalOf(world: TeamWorld, token: string): Promise<string | null> {
  const { errors } = await world.ask(token, '{ viewer { name } }');
  return errors[0]?.extensions?.code ?? null;
}

/** HTTP status of a question with this token, for clients that ask for the newer media type. */
export async function statusOf(world: TeamWorld, token: string): Promise<number> {
  const request = graphqlRequest(token, '{ viewer { name } }');
  request.headers.set('accept', 'application/graphql-response+json');
  return (await world.gateway.fetch(request)).status;
}
