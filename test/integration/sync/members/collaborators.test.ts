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
});
