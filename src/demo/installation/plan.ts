import type { ActorFact } from '../../domain/members/actor.ts';
import type { RepositoryFact } from '../../domain/pulls/github-facts.ts';
import type { CalendarDate } from '../../domain/rollups/week.ts';
import { createRandom } from '../core/random.ts';

export interface InstallationOptions {
  /** Settles everything; other seeds make other people and other work. */
  readonly seed: number;
  readonly teams: number;
  readonly membersPerTeam: number;
  /** Days of history, up to the day before `today`. */
  readonly days: number;
  readonly pullRequestsPerTeam: number;
  /** Slugs of the teams are this, a hyphen and a number. */
  readonly prefix: string;
  /** The first day that is not written. What happened on a day does not depend on it. */
  readonly today: CalendarDate;
}

/** A team that is to be written, with its people and repositories. */
export interface TeamPlan {
  /** From 1. */
  readonly ordinal: number;
  readonly slug: string;
  readonly name: string;
  readonly members: readonly ActorFact[];
  readonly repositories: readonly RepositoryFact[];
  /** Share of the members who use an AI tool. */
  readonly adoption: number;
}

const GIVEN =
  'ada bela chidi dana elif finn goro hana ines jonas kofi lena mina noor omar pia'.split(' ');
const FAMILY = 'abe berg cruz diaz ek fuchs gray haas ito jain kim lund mora nagy okoye park'.split(
  ' ',
);
const PRODUCTS = ['api', 'web', 'mobile', 'billing', 'search', 'platform', 'data', 'docs'];

/** GitHub's numbers of a team's people and repositories lie together, far from those of others. */
const NUMBERS_PER_TEAM = 10_000_000;

/** People who share a repository. */
const MEMBERS_PER_REPOSITORY = 25;

/** The team with this number, from 1. */
export function planTeam(options: InstallationOptions, ordinal: number): TeamPlan {
  const random = createRandom(options.seed, 'team', ordinal);
  const slug = `${options.prefix}-${String(ordinal).padStart(3, '0')}`;
  const first = ordinal * NUMBERS_PER_TEAM;
  const repositories = Math.min(
    PRODUCTS.length,
    Math.ceil(options.membersPerTeam / MEMBERS_PER_REPOSITORY),
  );
  return {
    ordinal,
    slug,
    name: `Team ${ordinal}`,
    adoption: 0.4 + 0.4 * random.next(),
    members: Array.from({ length: options.membersPerTeam }, (_, index) => {
      const given = random.pick(GIVEN);
      const family = random.pick(FAMILY);
      return {
        githubId: BigInt(first + index),
        login: `${given}-${family}-${ordinal}-${index + 1}`,
        name: `${capital(given)} ${capital(family)}`,
        kind: 'HUMAN',
        kindRule: 'made up by throughline seed',
      };
    }),
    repositories: PRODUCTS.slice(0, repositories).map((name, index) => ({
      githubId: BigInt(first + index),
      owner: slug,
      name,
      defaultBranch: 'main',
      isPrivate: true,
      isArchived: false,
      isEmpty: false,
    })),
  };
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
