import { excerpt } from '../../domain/core/excerpt.ts';
import type { CommandContext } from '../core/command.ts';
import { gql } from '../core/graphql.ts';
import { openClient } from '../core/open-client.ts';
import { renderTable } from '../core/plain-table.ts';
import { payloadOf } from './answers.ts';
import { findTeamAccess, readPages } from './find-access.ts';

const CREATE = gql(`
  mutation CreateTeam($input: CreateTeamInput!) {
    createTeam(input: $input) {
      ... on CreateTeamPayload { team { id slug name } }
      ... on UserError { message }
    }
  }
`);

const RENAME = gql(`
  mutation RenameTeam($input: RenameTeamInput!) {
    renameTeam(input: $input) {
      ... on RenameTeamPayload { team { id slug name } }
      ... on UserError { message }
    }
  }
`);

const ROLE = gql('query InstanceRole { viewer { instanceRole } }');

const ALL_TEAMS = gql(`
  query AllTeams($after: String) {
    installation {
      teams(first: 100, after: $after) {
        nodes { id slug name }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`);

const OWN_TEAMS = gql(`
  query OwnTeamNames($after: String) {
    teams(first: 100, after: $after) {
      nodes { id slug name }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

interface JsonFlag {
  readonly json: boolean;
}

export interface TeamNameFlags extends JsonFlag {
  readonly name?: string;
}

/** Makes a team without users, as an operator. */
export async function createTeamCommand(
  context: CommandContext,
  slug: string,
  { name, json }: TeamNameFlags,
): Promise<number> {
  const client = await openClient(context);
  const input = { slug, ...(name !== undefined && { name }) };
  const { team } = payloadOf((await client.send(CREATE, { input })).createTeam);
  context.print(
    json
      ? `${JSON.stringify({ team })}\n`
      : `Created the team ${team.slug}. Give it its first user with: throughline user add <email> --team ${team.slug} --role admin\n`,
  );
  return 0;
}

/** Lists the teams of the viewer; all of them for an operator. */
export async function listTeamsCommand(
  context: CommandContext,
  { json }: JsonFlag,
): Promise<number> {
  const client = await openClient(context);
  const { viewer } = await client.query(ROLE, {});
  const teams = await readPages(async (after) => {
    if (viewer.instanceRole === null) {
      return (await client.query(OWN_TEAMS, { after })).teams;
    }
    const { installation } = await client.query(ALL_TEAMS, { after });
    return installation?.teams ?? { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };
  });
  const rows = teams.map(({ slug, name }) => [slug, excerpt(name)]);
  context.print(
    json
      ? `${JSON.stringify({ teams })}\n`
      : `${renderTable(['Slug', 'Name'], rows, () => true)}\n`,
  );
  return 0;
}

export interface RenameFlags extends TeamNameFlags {
  readonly slug?: string;
}

/** Gives a team another name or slug. */
export async function renameTeamCommand(
  context: CommandContext,
  current: string,
  { name, slug, json }: RenameFlags,
): Promise<number> {
  const client = await openClient(context);
  const { id: teamId } = await findTeamAccess(client, current);
  const input = {
    teamId,
    ...(name !== undefined && { name }),
    ...(slug !== undefined && { slug }),
  };
  const { team } = payloadOf((await client.send(RENAME, { input })).renameTeam);
  context.print(
    json ? `${JSON.stringify({ team })}\n` : `The team is ${team.slug}, ${excerpt(team.name)}.\n`,
  );
  return 0;
}
