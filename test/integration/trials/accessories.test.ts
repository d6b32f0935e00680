import { describe, expect, it } from 'vitest';
import { readRepositoryQuality, type Quality } from '../../../src/db/reads/data-quality.ts';
import { createReadSource } from '../../../src/db/reads/read-source.ts';
import { aPullRequest, aSource } from '../../unit/demo/small-world.ts';
import {
  rawActor,
  rawCheck,
  rawChecks,
  rawComment,
  rawCommit,
  rawEvent,
  rawFile,
  rawList,
  rawPullRequest,
  rawReview,
} from '../../unit/github/pulls/raw-facts.ts';
import { PATIENT } from '../../support/patience.ts';
import { openCountingDatabase } from '../api/counting-database.ts';
import { dumpFacts } from '../db/stored-rows.ts';
import { answerWith } from '../sync/pulls/answered-page.ts';
import { SINCE, useStageWorlds, type StageWorld } from '../sync/stage-world.ts';

const open = useStageWorlds();

const CREATED = '2026-03-09T10:00:00Z';
const given = (parts: object) =>
  rawPullRequest({ createdAt: CREATED, updatedAt: CREATED, ...parts });

/** A world whose next page of pull requests is this. */
async function answering(...nodes: readonly object[]): Promise<StageWorld> {
  const of = await open(aSource([]));
  answerNext(of, nodes);
  return of;
}

function answerNext(of: StageWorld, nodes: readonly object[]): void {
  of.github.failNext(answerWith({ totalCount: nodes.length, nodes }));
}

async function qualityOf(of: StageWorld): Promise<Quality | undefined> {
  const counting = openCountingDatabase(of.scene.database.applicationUrl, 1);
  const session = createReadSource(counting.db, PATIENT.reads).open({
    userId: 0n,
    teamIds: [of.teamId],
  });
  try {
    const key = { teamId: of.teamId, id: of.repositoryId };
    return (await readRepositoryQuality(session, [key]))[0];
  } finally {
    await session.close();
    await counting.close();
  }
}

const STORED = 'SELECT number FROM pull_request ORDER BY 1';
const DEAD = 'SELECT entity, natural_key FROM dead_letter WHERE resolved_at IS NULL';
const CHECKS =
  'SELECT status, status_raw, conclusion, conclusion_raw FROM check_run ORDER BY check_id';
const WORDS = 'SELECT field, word FROM pull_request_gap ORDER BY field, word';

/** Syncs, and expects that the pull request is stored and nothing is a dead letter. */
async function expectStored(of: StageWorld): Promise<void> {
  await of.syncPullRequests(SINCE);
  expect(await of.rows(STORED)).toEqual([[17]]);
  expect(await of.rows(DEAD)).toEqual([]);
}

describe('what must not decide whether a pull request exists', () => {
  it('is a completed check without a conclusion, which is read again until it has one', async () => {
    const check = rawCheck({ conclusion: null, startedAt: CREATED, completedAt: CREATED });
    const of = await answering(given({ statusCheckRollup: rawChecks([check]) }));
    const due = await of.syncPullRequests(SINCE);
    expect(await of.rows(CHECKS)).toEqual([['COMPLETED', null, 'UNKNOWN', null]]);
    expect(await qualityOf(of)).toMatchObject({ unknownWords: 0, unreadable: 1 });

    expect(due).toContain('CHECK_RUNS');
    const { fullDatabaseId, headRefOid } = rawPullRequest();
    const statusCheckRollup = rawChecks([rawCheck({ startedAt: CREATED, completedAt: CREATED })]);
    const l0 = { fullDatabaseId, headRefOid, statusCheckRollup };
    of.github.failNext({ status: 200, body: { data: { rateLimit: null, repository: { l0 } } } });
    await of.run('CHECK_RUNS');
    expect(await of.rows(CHECKS)).toEqual([['COMPLETED', null, 'SUCCESS', null]]);
    expect(await qualityOf(of)).toMatchObject({ unknownWords: 0, unreadable: 0 });
  });

  it('is a conclusion, status or state of checks that GitHub adds: the word is kept, and counted once', async () => {
    const checks = [
      rawCheck({ id: 'CR_1', conclusion: 'TIRED' }),
      rawCheck({ id: 'CR_2', status: 'DREAMING', conclusion: null, startedAt: CREATED }),
    ];
    const of = await answering(given({ statusCheckRollup: rawChecks(checks, 'RESTING') }));
    await expectStored(of);
    expect(await of.rows(CHECKS)).toEqual([
      ['COMPLETED', null, 'UNKNOWN', 'TIRED'],
      ['UNKNOWN', 'DREAMING', null, null],
    ]);
    expect(await of.rows('SELECT check_state, check_state_raw FROM pull_request')).toEqual([
      ['UNKNOWN', 'RESTING'],
    ]);
    expect(await qualityOf(of)).toMatchObject({ unknownWords: 3, unreadable: 0, deadLetters: 0 });
    answerNext(of, [given({ statusCheckRollup: rawChecks(checks, 'RESTING') })]);
    await expectStored(of);
    expect(await qualityOf(of)).toMatchObject({ unknownWords: 3 });
  });

  it('is a file of a new change type, and a review in a new state, which is no approval', async () => {
    const of = await answering(
      given({
        files: rawList([rawFile({ changeType: 'MOVED' })]),
        timelineItems: rawList([rawReview({ state: 'APPLAUDED' })]),
      }),
    );
    await expectStored(of);
    expect(await of.rows('SELECT change_type, change_type_raw FROM pull_request_file')).toEqual([
      ['UNKNOWN', 'MOVED'],
    ]);
    expect(await of.rows('SELECT state, state_raw FROM review')).toEqual([
      ['COMMENTED', 'APPLAUDED'],
    ]);
    expect(await of.rows('SELECT last_approval_at FROM pull_request')).toEqual([[null]]);
    expect(await of.rows(WORDS)).toEqual([
      ['file.changeType', 'MOVED'],
      ['review.state', 'APPLAUDED'],
    ]);
  });

  it('is an account without an id: it is kept by its login, one member wherever it stands', async () => {
    const account = { __typename: 'EnterpriseUserAccount', login: 'ana_acme' };
    const of = await answering(
      given({
        author: account,
        state: 'MERGED',
        mergedAt: CREATED,
        closedAt: CREATED,
        mergedBy: account,
        timelineItems: rawList([
          rawReview({ author: account }),
          rawEvent('ClosedEvent', { actor: account }),
          rawComment({ author: { __typename: 'Bot', login: 'helper', databaseId: null } }),
        ]),
      }),
    );
    await expectStored(of);
    expect(await of.rows('SELECT login, kind, github_id < 0 FROM member ORDER BY login')).toEqual([
      ['ana_acme', 'UNKNOWN', true],
      ['helper', 'BOT', true],
    ]);
    expect(
      await of.rows(`SELECT DISTINCT m.login FROM member m JOIN pull_request p ON p.author_id = m.id
        AND p.merged_by_id = m.id JOIN review r ON r.reviewer_id = m.id JOIN pull_request_event e ON e.actor_id = m.id`),
    ).toEqual([['ana_acme']]);
    expect(await qualityOf(of)).toMatchObject({ unknownWords: 0, unreadable: 5 });
  });

  it('is a commit of the year 12026, a check of the year 1, or a path that no index holds', async () => {
    const of = await answering(
      given({
        commits: rawList([rawCommit({ authoredDate: '12026-01-01T00:00:00Z' })]),
        statusCheckRollup: rawChecks([rawCheck({ startedAt: '0001-01-01T00:00:00Z' })]),
        files: rawList([rawFile({ path: `src/${'x'.repeat(4_000)}.ts` })]),
      }),
    );
    await expectStored(of);
    expect(await of.rows('SELECT authored_at = committed_at FROM commit')).toEqual([[true]]);
    expect(await of.rows('SELECT started_at, completed_at IS NULL FROM check_run')).toEqual([
      [null, false],
    ]);
    expect(
      await of.rows('SELECT octet_length(path), additions::int FROM pull_request_file'),
    ).toEqual([[2_500, 3]]);
    expect(await of.rows(WORDS)).toEqual([
      ['authoredDate', null],
      ['check.startedAt', null],
      ['path', null],
    ]);
  });

  it('is a page of releases of which none can be read: the walk goes on, also where none has an id', async () => {
    const of = await open(aSource([]));
    await of.syncPullRequests(SINCE);
    await of.setDue('RELEASES');
    const release = (number: number, parts: object = {}) => ({
      databaseId: number,
      createdAt: CREATED,
      tagName: `v${number}`,
      name: null,
      url: 'https://github.example/v',
      tagCommit: null,
      isDraft: false,
      isPrerelease: false,
      author: { __typename: 'EnterpriseUserAccount', login: 'ana_acme' },
      publishedAt: CREATED,
      ...parts,
    });
    const pages = [
      Array.from({ length: 100 }, (_, index) => release(1_000 - index, { createdAt: 'soon' })),
      Array.from({ length: 100 }, () => release(0, { databaseId: null })),
      [release(5)],
    ];
    for (const [index, nodes] of pages.entries()) {
      const hasNextPage = index + 1 < pages.length;
      const pageInfo = { hasNextPage, endCursor: hasNextPage ? `P${index}` : null };
      const repository = { releases: { pageInfo, nodes } };
      of.github.failNext({ status: 200, body: { data: { rateLimit: null, repository } } });
    }
    await of.run('RELEASES');
    expect(await of.rows('SELECT tag, author_id IS NOT NULL FROM release')).toEqual([['v5', true]]);
    expect(await of.rows('SELECT count(*)::int FROM dead_letter')).toEqual([[101]]);
  });

  it('is the state of a deployment: the deployment is stored, and the word beside UNKNOWN', async () => {
    const of = await open(aSource([]));
    await of.syncPullRequests(SINCE);
    await of.setDue('DEPLOYMENTS');
    const node = {
      id: 'DE_1',
      databaseId: 1,
      environment: 'production',
      ref: null,
      commitOid: 'a'.repeat(40),
      state: 'BURNING',
      description: null,
      createdAt: CREATED,
      creator: { __typename: 'Bot', login: null, databaseId: null },
      statuses: rawList([]),
    };
    const repository = { deployments: rawList([node]) };
    of.github.failNext({ status: 200, body: { data: { rateLimit: null, repository } } });
    await of.run('DEPLOYMENTS');
    expect(await of.rows('SELECT state, state_raw, creator_id FROM deployment')).toEqual([
      ['UNKNOWN', 'BURNING', null],
    ]);
    expect(await qualityOf(of)).toMatchObject({ unknownWords: 1, deadLetters: 0 });
  });
});

describe('the gaps of a pull request', () => {
  const odd = given({
    author: rawActor({ databaseId: null }),
    timelineItems: rawList([rawReview({ submittedAt: 'x' }), rawComment()]),
    files: rawList([rawFile({ changeType: 'MOVED' })]),
  });

  it('are the same when it is read again, and go when they can be read', async () => {
    const of = await answering(odd);
    await expectStored(of);
    const before = await dumpFacts(of.scene.sql, of);
    expect(before['pull_request_gap']).toHaveLength(3);
    answerNext(of, [odd]);
    await expectStored(of);
    expect(await dumpFacts(of.scene.sql, of)).toEqual(before);
    answerNext(of, [given({ timelineItems: rawList([rawReview()]), files: rawList([rawFile()]) })]);
    await expectStored(of);
    expect(await of.rows(WORDS)).toEqual([]);
    expect(await of.rows('SELECT state FROM review')).toEqual([['APPROVED']]);
  });

  it('of a list that goes on are those of all its pages, until one shows them no more', async () => {
    const long = given({ files: rawList([rawFile({ changeType: 'MOVED' })], true) });
    const more = (changeType: string) => {
      const { fullDatabaseId, headRefOid } = rawPullRequest();
      const files = rawList([rawFile({ path: 'b.ts', changeType })]);
      const repository = { l0: { fullDatabaseId, headRefOid, files } };
      return { status: 200, body: { data: { rateLimit: null, repository } } };
    };
    const of = await answering(long);
    await of.syncPullRequests(SINCE);
    of.github.failNext(more('SPLIT'));
    await of.run('NESTED_LISTS');
    expect(await of.rows(WORDS)).toEqual([
      ['file.changeType', 'MOVED'],
      ['file.changeType', 'SPLIT'],
    ]);
    expect(await of.rows('SELECT complete FROM pull_request')).toEqual([[true]]);
    answerNext(of, [{ ...long, updatedAt: '2026-03-09T11:00:00Z' }]);
    await of.syncPullRequests(SINCE);
    of.github.failNext(more('MODIFIED'));
    await of.run('NESTED_LISTS');
    expect(await of.rows(WORDS)).toEqual([['file.changeType', 'MOVED']]);
  });
});

it('a pull request in which all can be read has no gap', async () => {
  const of = await open(aSource([aPullRequest(17, { createdAt: CREATED })]));
  await expectStored(of);
  expect(await of.rows(WORDS)).toEqual([]);
  expect(await qualityOf(of)).toMatchObject({ unknownWords: 0, unreadable: 0, anomalies: 0 });
});
