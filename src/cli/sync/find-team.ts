import { DomainError } from '../../domain/core/errors.ts';
import { gql } from '../core/graphql.ts';
import type { GraphQLClient } from '../core/graphql-client.ts';

const TEAM = gql('query Team($slug: String!) { team(slug: $slug) { id } }');
const TEAMS = gql('query Teams { teams(first: 100) { nodes { id slug } } }');

/** The team that was named, else the only one. */
export async function findTeam(client: GraphQLClient, slug?: string): Promise<string> {
  // By its name: somebody may belong to more teams than one page lists.
  const named = slug === undefined ? null : (await client.query(TEAM, { slug })).team;
  if (named !== null) {
    return named.id;
  }
  const { nodes } = (await client.query(TEAMS, {})).teams;
  const slugs = nodes.map((team) => team.slug).join(', ');
  if (slug !== undefined) {
    throw new DomainError('INVALID_INPUT', `There is no team ${slug}; yours: ${slugs}.`);
  }
  const [team, ...others] = nodes;
  if (team === undefined) {
    throw new DomainError('INVALID_INPUT', 'You belong to no team.');
  }
  if (others.length > 0) {
    throw new DomainError('INVALID_INPUT', `Say which team with --team: ${slugs}.`);
  }
  return team.id;
}
