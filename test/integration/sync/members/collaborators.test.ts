import { describe, expect, it } from 'vitest';
import type { GitHubData } from '../../../../src/demo/core/github-data.ts';
import { sourceOf, useMembersWorld } from './members-world.ts';

const open = useMembersWorld();

describe('the collaborators of repositories', () => {
  const LOGINS = 'SELECT login, is_external AS external, organization FROM member ORDER BY login';

  /** `acme/api`, to which these belong; null where the credential may not see it. */
  const shared = (collaborators: readonly string[] | null, more = 0): GitHubData => {
    const source = sourceOf(more, []);
    const repositories = source.repositories.map((one) => ({ ...one, collaborators }));
    return { ...source, organizations: [{ login: 'acme', members: [] }], repositories };
  };

  async function openShared(source: GitHubData) {
    const begin = Date.now();
    let aheadMs = 0;
    const opened = await open(source, { now: () => new Date(begin + aheadMs) });
    await opened.addRepository('acme/api');
    await opened.rows(`UPDATE repository SET sync_state = 'ACTIVE'`);
    const setNow = (ms: number): void => {
      aheadMs = ms;
    };
    return { ...opened, setNow };
  }

  it('are inside, also whose membership is private', async () => {
    const { look, rows, fake } = await openShared(shared(['ada', 'bo']));
    await rows(`INSERT INTO member (team_id, github_id, login, name, kind, kind_rule, is_external)
      SELECT min(id), 1, 'ada', 'Ada', 'HUMAN', 'GitHub says it is a user', true FROM team`);
    expect(await look()).toMatchObject({ outcome: { state: 'STORED', members: 0 } });
    const inside = { external: false, organization: null };
    expect(await rows(LOGINS)).toEqual([
      { ...inside, login: 'ada' },
      { ...inside, login: 'bo' },
    ]);
    expect(await rows(`SELECT name FROM member WHERE login = 'ada'`)).toEqual([{ name: 'Ada' }]);
    const { requests } = fake.stats();
    expect(await look()).toMatchObject({ outcome: { state: 'UNCHANGED' } });
    expect(fake.stats().requests).toEqual({ ...requests, rest: requests.rest + 2 });
  });

  it('are read to the last page', async () => {
    const logins = Array.from({ length: 230 }, (_, i) => `dev-${String(i).padStart(4, '0')}`);
    const { look, rows } = await openShared(shared(logins, 230));
    await look();
    expect(await rows('SELECT FROM member WHERE NOT is_external')).toHaveLength(230);
  });

  it('of a person are read, though there is no organisation', async () => {
    const { look, rows, fake } = await openShared(shared(['bo']));
    await rows(`UPDATE repository SET owner = 'ada'`);
    const source = shared(['bo']);
    expect(source.repositories).toHaveLength(1);
    fake.setSource({
      ...source,
      repositories: source.repositories.map((one) => ({ ...one, owner: 'ada' })),
    });
    expect(await look('ada')).toMatchObject({ outcome: { state: 'NOT_AN_ORGANIZATION' } });
    expect(await rows(LOGINS)).toEqual([{ login: 'bo', external: false, organization: null }]);
  });

  it('that GitHub does not show stop nothing, and are asked for three times at the most', async () => {
    const { look, rows, fake } = await openShared(shared(null));
    await rows(`INSERT INTO repository (team_id, connection_id, github_id, owner, name, sync_state)
      SELECT team_id, connection_id, 100 + n, 'acme', 'gone-' || n, 'ACTIVE'
      FROM repository CROSS JOIN generate_series(1, 5) n`);
    expect(await look()).toMatchObject({ outcome: { state: 'STORED' } });
    expect(await rows(LOGINS)).toEqual([]);
    // The list of members by both APIs, and three repositories.
    expect(fake.stats().requests).toEqual({ rest: 1 + 3, graphql: 1 });
    expect(await rows('SELECT DISTINCT sync_state FROM repository')).toEqual([
      { sync_state: 'ACTIVE' },
    ]);
  });

  it('wait for no limit: the next call asks for what is not stored', async () => {
    const { look, rows, fake, setNow } = await openShared(shared(['ada']));
    const faults = [null, null, { retryAfter: 60, status: 403 }];
    fake.failBy(() => faults.shift() ?? null);
    expect(await look()).toMatchObject({ next: 'DONE', outcome: { state: 'STORED' } });
    expect(await rows(LOGINS)).toEqual([]);
    setNow(61_000);
    await rows('DELETE FROM github_quota');
    expect(await look()).toMatchObject({ outcome: { state: 'UNCHANGED' } });
    expect(await rows(LOGINS)).toEqual([{ login: 'ada', external: false, organization: null }]);
  });

  it('that are empty entries, or cannot be read, hide nobody but themselves, and are asked for again', async () => {
    const { look, rows, fake } = await openShared(shared(['ada']));
    const ada = { login: 'ada', id: 1, type: 'User' };
    const answers = [
      null,
      null,
      { status: 200, body: [null, { ...ada, login: null, id: null }, ada] },
    ];
    fake.failBy(() => answers.shift() ?? null);
    expect(await look()).toMatchObject({ outcome: { state: 'STORED' } });
    expect(await rows(LOGINS)).toEqual([{ login: 'ada', external: false, organization: null }]);
    const { requests } = fake.stats();
    await look();
    expect(fake.stats().requests).toEqual({ ...requests, rest: requests.rest + 2 });
  });

  /** `acme/api` and so many more, each with these collaborators; the last one has zoe too. */
  function many(count: number, collaborators: readonly string[], more = 0): GitHubData {
    const source = shared(collaborators, more);
    const [first] = source.repositories;
    const [ada] = source.accounts;
    if (first === undefined || ada === undefined) {
      throw new Error('the small world has a repository and an account');
    }
    return {
      ...source,
      accounts: [...source.accounts, { ...ada, databaseId: 26, login: 'zoe' }],
      repositories: Array.from({ length: count }, (_, i) => ({
        ...first,
        ...(i > 0 && { databaseId: 90_000 + i, name: `repo-${i}` }),
        collaborators: i === count - 1 ? [...collaborators, 'zoe'] : collaborators,
      })),
    };
  }

  async function openMany(source: GitHubData) {
    const opened = await openShared({ ...source, repositories: source.repositories.slice(0, 1) });
    opened.fake.setSource(source);
    for (const { databaseId, name } of source.repositories.slice(1)) {
      await opened.rows(`INSERT INTO repository (team_id, connection_id, github_id, owner, name, sync_state)
        SELECT min(team_id), min(connection_id), ${databaseId}, 'acme', '${name}', 'ACTIVE' FROM repository`);
    }
    return opened;
  }

  const REASON = 'SELECT status_reason AS reason FROM github_connection';
  const FAILED = { status: 500 };

  it('are reached in turn over days where there are more than a day asks for', async () => {
    // Two pages each, so that no ETag saves anything: 200 requests are a hundred repositories.
    const logins = Array.from({ length: 101 }, (_, i) => `dev-${String(i).padStart(4, '0')}`);
    const { look, rows, fake, setNow } = await openMany(many(102, logins, 101));
    const zoe = `SELECT is_external AS external FROM member WHERE login = 'zoe'`;
    await look();
    expect(fake.stats().requests.rest).toBe(1 + 200);
    expect(await rows(zoe)).toEqual([]);
    setNow(86_400_000);
    await look();
    expect(fake.stats().requests.rest).toBe(2 * (1 + 200));
    expect(await rows(zoe)).toEqual([{ external: false }]);
  });

  it('that a server error hides are skipped and named; the next list is asked for all the same', async () => {
    const { look, rows, fake } = await openMany(many(2, ['ada']));
    // The list of members by both APIs; the first repository, the second, and the first once more.
    const faults = [null, null, FAILED, null, FAILED];
    fake.failBy(() => faults.shift() ?? null);
    expect(await look()).toMatchObject({
      next: 'DONE',
      outcome: { state: 'STORED' },
      collaborators: {
        failed: 1,
        reason: expect.stringMatching(/^1 list was skipped.*acme\/api \(500\)/),
      },
    });
    expect(await rows(LOGINS)).toMatchObject([{ login: 'ada' }, { login: 'zoe' }]);
    expect(await rows(REASON)).toEqual([
      { reason: expect.stringMatching(/^Collaborators of acme: 1 list was skipped/) },
    ]);
    expect(await look()).toEqual({ next: 'DONE', outcome: { state: 'UNCHANGED' } });
    expect(await rows(REASON)).toEqual([{ reason: null }]);
    expect(
      await rows(`SELECT FROM github_etag WHERE url LIKE '%collab%' AND etag <> ''`),
    ).toHaveLength(2);
  });

  it('that are no list at all are skipped too', async () => {
    const { look, fake } = await openMany(many(2, ['ada']));
    const faults = [null, null, { status: 200, body: {} }, null, { status: 200, body: {} }];
    fake.failBy(() => faults.shift() ?? null);
    expect(await look()).toMatchObject({ next: 'DONE', collaborators: { failed: 1 } });
  });

  it('that come the second time are no failure', async () => {
    const { look, rows, fake } = await openMany(many(2, ['ada']));
    const faults = [null, null, FAILED];
    fake.failBy(() => faults.shift() ?? null);
    expect(await look()).not.toHaveProperty('collaborators');
    expect(await rows(REASON)).toEqual([{ reason: null }]);
    expect(
      await rows(`SELECT FROM github_etag WHERE url LIKE '%collab%' AND etag <> ''`),
    ).toHaveLength(2);
  });

  it('are asked for no more once ten in a row have failed, and the others come first the next day', async () => {
    const { look, rows, fake, setNow } = await openMany(many(12, ['ada']));
    let asked = 0;
    fake.failBy(() => {
      asked += 1;
      return asked > 2 ? FAILED : null;
    });
    expect(await look()).toMatchObject({ next: 'DONE', collaborators: { failed: 10 } });
    expect(asked).toBe(2 + 10);
    setNow(86_400_000);
    asked = 0;
    // The list of members is unchanged; two repositories are new, and then all fail again.
    fake.failBy(() => {
      asked += 1;
      return asked > 1 + 2 ? FAILED : null;
    });
    await look();
    expect(await rows(LOGINS)).toMatchObject([{ login: 'ada' }, { login: 'zoe' }]);
  });
});
