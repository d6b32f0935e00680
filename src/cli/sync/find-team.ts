import { DomainError } from '../../domain/core/errors.ts';
import { gql } from '../core/graphql.ts';
import type { GraphQLClient } from '../core/graphql-client.ts';

const TEAMS = gql('query Teams { teams(first: 100) { nodes { id slug } } }');

/** The team that was named, else the only one. */
export async function findTeam(client: GraphQLClient, slug?: string): Promise<string> {
  const { teams } = await client.query(TEAMS, {});
  const slugs = teams.nodes.map((team) => team.slug).join(', ');
  const wanted = teams.nodes.filter((team) => slug === undefined || team.slug === slug);
  const [team, ...others] = wanted;
  if (team === undefined) {
    throw new DomainError(
      'INVALID_INPUT',
      slug === undefined ? 'You belong to no team.' : `There is no team ${slug}; yours: ${slugs}.`,
    );
  }
  if (others.length > 0) {
    throw new DomainError('INVALID_INPUT', `Say which team with --team: ${slugs}.`);
  }
  return team.id;
}
