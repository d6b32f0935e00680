import type { GitSignatureData, Instant, PullRequestData } from '../core/github-data.ts';
import { DAY_MS } from './calendar.ts';
import { AGENTS, DEPENDABOT, OUTSIDER, PEOPLE, TRAILERS } from './people.ts';
import type { Assistant, Person } from './people.ts';
import type { Random } from '../core/random.ts';
import type { RepositoryPlan } from './repositories.ts';

/** Who opens a pull request, and who acts for them when a machine cannot. */
export interface Writer {
  /** Null for somebody whose account is gone. */
  readonly login: string | null;
  readonly association: PullRequestData['authorAssociation'];
  /** The person themselves, or the one who put the machine to work. */
  readonly person: Person;
  readonly isMachine: boolean;
}

const AGENT_SHARE = 0.075;
const OUTSIDER_SHARE = 0.025;
const GHOST_SHARE = 0.01;

/** Nobody is quite away when something is broken. */
const ON_CALL = 0.01;

/** Home repositories get most of the work. */
const HOME_WEIGHT = 4;

function somebody(
  random: Random,
  repository: RepositoryPlan,
  does: 'writes' | 'reviews',
  but: readonly Person[] = [],
): Person {
  const others = PEOPLE.filter((person) => !but.includes(person));
  return random.pickWeighted(
    others,
    (person) => person[does] * (person.home === repository.name ? HOME_WEIGHT : 1),
  );
}

/** The author of an ordinary pull request: mostly people, some agents, seldom strangers. */
export function pickWriter(random: Random, repository: RepositoryPlan): Writer {
  const person = somebody(random, repository, 'writes');
  const roll = random.next();
  if (roll < AGENT_SHARE) {
    return { login: random.pick(AGENTS), association: 'CONTRIBUTOR', person, isMachine: true };
  }
  if (roll < AGENT_SHARE + OUTSIDER_SHARE && !repository.isPrivate) {
    const association = random.chance(0.7) ? 'CONTRIBUTOR' : 'NONE';
    return { login: OUTSIDER.login, association, person: OUTSIDER, isMachine: false };
  }
  if (roll > 1 - GHOST_SHARE) {
    return { login: null, association: 'NONE', person, isMachine: false };
  }
  return { login: person.login, association: 'MEMBER', person, isMachine: false };
}

/** The bot that opens dependency updates, with the person who reviews them. */
export function dependencyWriter(random: Random, repository: RepositoryPlan): Writer {
  const person = somebody(random, repository, 'reviews');
  return { login: DEPENDABOT, association: 'CONTRIBUTOR', person, isMachine: true };
}

/** Somebody else of the organisation, in a hurry; most likely one who is at work then. */
export function pickReverter(
  random: Random,
  repository: RepositoryPlan,
  author: Person,
  presence: (person: Person) => number,
): Writer {
  const others = PEOPLE.filter((person) => person !== author);
  const person = random.pickWeighted(
    others,
    (other) =>
      Math.max(ON_CALL, presence(other)) * (other.home === repository.name ? HOME_WEIGHT : 1),
  );
  return { login: person.login, association: 'MEMBER', person, isMachine: false };
}

/** Up to so many different people who did not write it. */
export function pickReviewers(
  random: Random,
  repository: RepositoryPlan,
  writer: Writer,
  count: number,
): Person[] {
  const chosen: Person[] = [];
  while (chosen.length < count) {
    // Agents and bots may be reviewed by the one who sent them; people not by themselves.
    const but = writer.isMachine ? chosen : [...chosen, writer.person];
    chosen.push(somebody(random, repository, 'reviews', but));
  }
  return chosen;
}

const ASSISTANTS_SINCE = Date.UTC(2025, 5, 1);

/** The share of people's changes that an assistant had a hand in grows over the months. */
function assistedShare(at: number): number {
  const days = (at - ASSISTANTS_SINCE) / DAY_MS;
  return Math.min(0.8, Math.max(0.1, 0.1 + days / 1_300));
}

/** The assistant that has a hand in a change, if any. */
export function pickAssistant(random: Random, writer: Writer, at: number): Assistant | null {
  return !writer.isMachine && random.chance(assistedShare(at)) ? writer.person.assistant : null;
}

/** The trailer of a commit that was not written alone; null for the others. */
export function trailerFor(
  random: Random,
  writer: Writer,
  assistant: Assistant | null,
): string | null {
  if (writer.login === DEPENDABOT) {
    return 'Signed-off-by: dependabot[bot] <support@github.com>';
  }
  if (writer.isMachine) {
    return `Co-authored-by: ${writer.person.name} <${emailOf(writer.person)}>`;
  }
  return assistant !== null && random.chance(0.8) ? TRAILERS[assistant] : null;
}

/** Git's idea of who wrote a commit. Now and then a laptop is not set up and no account owns its address. */
export function signatureOf(random: Random, writer: Writer, date: Instant): GitSignatureData {
  if (writer.isMachine) {
    const name = writer.login ?? 'agent';
    return { name, email: `${name}@users.noreply.github.com`, date, login: writer.login };
  }
  const { person } = writer;
  const isStray = random.chance(0.03);
  return {
    name: person.name,
    email: isStray ? `${person.login}@laptop.local` : emailOf(person),
    date,
    login: isStray ? null : writer.login,
  };
}

function emailOf(person: Person): string {
  return `${person.login}@acme-robotics.example`;
}
