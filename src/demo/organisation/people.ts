import type { AccountData } from '../core/github-data.ts';
import type { RepositoryName } from './repositories.ts';

/** Somebody of the organisation. */
export interface Person {
  readonly login: string;
  readonly name: string;
  readonly timeZone: string;
  /** How much they write, and how much they review; 1 is usual. */
  readonly writes: number;
  readonly reviews: number;
  readonly home: RepositoryName;
  /** The assistant they let write along, if any. */
  readonly assistant: Assistant | null;
}

export type Assistant = 'CLAUDE' | 'COPILOT' | 'CURSOR';

/** The lines that assistants leave at the end of commit messages. */
export const TRAILERS: Readonly<Record<Assistant, string>> = {
  CLAUDE: 'Co-authored-by: Claude <noreply@anthropic.com>',
  COPILOT: 'Co-authored-by: Copilot <175728472+Copilot@users.noreply.github.com>',
  CURSOR: 'Co-authored-by: Cursor <cursoragent@cursor.com>',
};

type PersonRow = readonly [
  login: string,
  name: string,
  timeZone: string,
  writes: number,
  reviews: number,
  home: RepositoryName,
  assistant: Assistant | null,
];

/** One reviews far more than the others, as there is one in most teams. */
const ROWS: readonly PersonRow[] = [
  ['mara-oconnell', 'Mara O’Connell', 'Europe/Dublin', 1.1, 3, 'fleet-api', 'CLAUDE'],
  ['josefine-b', 'Joséfine Bäcklund', 'Europe/Stockholm', 1.2, 1.2, 'operator-web', 'CURSOR'],
  ['tomasz-w', 'Tomasz Wójcik', 'Europe/Warsaw', 1, 0.8, 'infrastructure', null],
  ['ines-fournier', 'Inès Fournier', 'Europe/Paris', 0.8, 0.9, 'field-app', 'COPILOT'],
  ['samuel-okafor', 'Samuel Okafor', 'Africa/Lagos', 1.3, 1, 'fleet-api', 'CLAUDE'],
  ['priya-rao', 'Priya Rao', 'Asia/Kolkata', 1.2, 1.1, 'operator-web', 'COPILOT'],
  ['minh-dn', 'Đặng Nhật Minh', 'Asia/Ho_Chi_Minh', 0.9, 0.6, 'field-app', null],
  ['yukit', '田中 由紀', 'Asia/Tokyo', 1, 1.4, 'fleet-api', 'CLAUDE'],
  ['noah-walker', 'Noah Walker', 'Australia/Sydney', 0.7, 0.7, 'infrastructure', null],
  ['lena-hart', 'Lena Hart', 'America/New_York', 1.4, 1.2, 'operator-web', 'CURSOR'],
  ['carlos-mendes', 'Carlos Mendes', 'America/Sao_Paulo', 0.9, 0.5, 'field-app', 'CLAUDE'],
  ['abby-chen', 'Abby Chen 🦊', 'America/Los_Angeles', 1, 1, 'fleet-api', null],
];

export const PEOPLE: readonly Person[] = ROWS.map(
  ([login, name, timeZone, writes, reviews, home, assistant]) => {
    return { login, name, timeZone, writes, reviews, home, assistant };
  },
);

/** Writes now and then without being one of the organisation. */
export const OUTSIDER: Person = {
  login: 'gepetto-labs',
  name: 'Giulia Collodi',
  timeZone: 'Europe/Rome',
  writes: 1,
  reviews: 0,
  home: 'operator-web',
  assistant: null,
};

export const DEPENDABOT = 'dependabot[bot]';
export const ACTIONS_BOT = 'github-actions[bot]';
export const REVIEW_BOT = 'copilot-pull-request-reviewer[bot]';
export const AGENTS = ['copilot-swe-agent[bot]', 'devin-ai-integration[bot]'] as const;

/** The numbers that GitHub's own apps have. */
const APP_IDS: Readonly<Record<string, number>> = {
  [DEPENDABOT]: 49_699_333,
  [ACTIONS_BOT]: 41_898_282,
  [REVIEW_BOT]: 175_728_472,
  [AGENTS[0]]: 198_982_749,
  [AGENTS[1]]: 158_243_242,
};

const FIRST_PERSON_ID = 91_400_100;
const ORGANIZATION_ID = 91_400_000;
const JOINED_AT = '2019-04-02T08:00:00Z';
const WEB = 'https://github.example';

/** Every account of the organisation, itself among them. */
export function accountsOf(organization: string): AccountData[] {
  const people = [...PEOPLE, OUTSIDER].map((person, index): AccountData => ({
    kind: 'User',
    databaseId: FIRST_PERSON_ID + index * 7,
    login: person.login,
    name: person.name,
    url: `${WEB}/${person.login}`,
    createdAt: JOINED_AT,
  }));
  const bots = Object.entries(APP_IDS).map(([login, databaseId]): AccountData => ({
    kind: 'Bot',
    databaseId,
    login,
    name: null,
    url: `${WEB}/apps/${login.replace('[bot]', '')}`,
    createdAt: JOINED_AT,
  }));
  const itself: AccountData = {
    kind: 'Organization',
    databaseId: ORGANIZATION_ID,
    login: organization,
    name: 'Acme Robotics',
    url: `${WEB}/${organization}`,
    createdAt: JOINED_AT,
  };
  return [itself, ...people, ...bots];
}
