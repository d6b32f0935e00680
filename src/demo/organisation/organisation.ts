import type { GitHubData, PullRequestData, RepositoryData } from '../core/github-data.ts';
import { DAY_MS, createWorkCalendar, dayOf } from './calendar.ts';
import { FOUNDED_DAY, createChronicle } from './chronicle.ts';
import { deliver } from './deliveries.ts';
import { addDetails } from './details.ts';
import { PEOPLE, accountsOf } from './people.ts';
import { REPOSITORIES } from './repositories.ts';

export interface OrganisationOptions {
  readonly seed: number;
  /** Settles which days are written, not what happened on them. */
  readonly now: Date;
  /** Login of the organisation; default `acme-robotics`. */
  readonly login?: string;
  /** First day; default the first of the month that lies 200 days before now. Give it again for the same beginning. */
  readonly since?: Date;
  /** Days after now that are written too, so that a running server sees its data grow; default 30. */
  readonly daysAhead?: number;
}

const HISTORY_DAYS = 200;
const DAYS_AHEAD = 30;

/**
 * A made-up organisation: people in ten time zones, bots and AI agents, four repositories. What happens on a day
 * follows from the seed and the day alone, so a later `now` sees the same history, and more of it. The data holds the
 * future of what is open: serve it through the fake GitHub, which shows no more than has happened.
 */
export function generateOrganisation(options: OrganisationOptions): GitHubData {
  const owner = options.login ?? 'acme-robotics';
  const firstDay = Math.max(
    FOUNDED_DAY,
    dayOf((options.since ?? defaultSince(options.now)).getTime()),
  );
  const lastDay = dayOf(options.now.getTime()) + (options.daysAhead ?? DAYS_AHEAD);
  const calendar = createWorkCalendar();
  return {
    viewer: PEOPLE[0]?.login ?? owner,
    accounts: accountsOf(owner),
    organizations: [{ login: owner, members: PEOPLE.map((person) => person.login) }],
    repositories: REPOSITORIES.map((plan, index): RepositoryData => {
      const chronicle = createChronicle({ seed: options.seed, owner, plan, index, calendar });
      const pullRequests: PullRequestData[] = [];
      for (let day = firstDay; day <= lastDay; day += 1) {
        for (const pullRequest of chronicle(day)) {
          pullRequests.push(
            addDetails(pullRequest, { seed: options.seed, name: plan.name, index }),
          );
        }
      }
      return {
        databaseId: plan.databaseId,
        owner,
        name: plan.name,
        url: `https://github.example/${owner}/${plan.name}`,
        description: plan.description,
        isPrivate: plan.isPrivate,
        isArchived: false,
        isFork: false,
        defaultBranch: 'main',
        primaryLanguage: plan.language,
        createdAt: '2023-01-01T08:00:00Z',
        updatedAt: null,
        pushedAt: null,
        pullRequests,
        ...deliver(pullRequests, { seed: options.seed, plan, index }),
      };
    }),
  };
}

function defaultSince(now: Date): Date {
  const start = new Date(now.getTime() - HISTORY_DAYS * DAY_MS);
  return new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), 1));
}
