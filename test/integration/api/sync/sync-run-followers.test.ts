import { EventSourceParserStream } from 'eventsource-parser/stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SyncRunChanges } from '../../../../src/db/reads/sync-run-changes.ts';
import type { Gateway, GatewayOptions } from '../../../../src/runtime/http/gateway.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, seedUser, type SeededTeam } from '../seed-team.ts';
import type { StreamResult } from '../http/sse-client.ts';
import { seedRun } from './seed-sync-run.ts';
import { eventually } from '../../../support/eventually.ts';
import { NEVER_MS, PATIENT } from '../../../support/patience.ts';
import { lockTable } from '../table-lock.ts';

/** Never tells of a change: runs are looked at by the poll alone. */
const SILENT: SyncRunChanges = {
  // eslint-disable-next-line require-yield -- it has nothing to say
  async *subscribe(_teamId, _runId, signal) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  },
};

interface Stream {
  next(): Promise<StreamResult | null>;
  cut(): void;
}

describe('followers of sync runs', () => {
  let world: ApiWorld;
  let team: SeededTeam;
  let job: string;
  let sync: string;
  let runs = 0;
  const gateways: Gateway[] = [];

  beforeAll(async () => {
    world = await createApiWorld();
  });

  beforeEach(async () => {
    runs += 1;
    team = await seedTeam(world, { slug: `team-${runs}` });
    [job = '', sync = ''] = await seedJob();
  });

  afterEach(async () => {
    await Promise.all(gateways.splice(0).map((gateway) => gateway.dispose()));
  });

  afterAll(async () => {
    await world?.close();
  });

  async function seedJob(name = ''): Promise<string[]> {
    const id = await seedRun(world, team, { runId: `job-${runs}${name}` });
    const part = await seedRun(world, team, {
      runId: `sync-${runs}${name}`,
      parentId: id,
      repositoryId: team.repositoryIds[0] ?? '',
    });
    return [id, part];
  }

  function open(options: Partial<GatewayOptions> = {}): Gateway {
    const gateway = world.createGateway({ pollMs: NEVER_MS, ...options });
    gateways.push(gateway);
    return gateway;
  }

  const setPages = (pages: number) =>
    world.sql('UPDATE sync_run SET pages = $1 WHERE id = $2', [pages, sync]);

  async function follow(
    gateway: Gateway,
    token: string,
    selection: string,
    id = job,
  ): Promise<Stream> {
    const response = await gateway.fetch(
      new Request('http://gateway.test/graphql', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          authorization: `Bearer ${token}`,
        },
        body: JSON.stringify({
          query: `subscription ($id: ID!) { syncRunProgress(id: $id) { ${selection} } }`,
          variables: { id: globalId.row('SyncRun', team.teamId, id) },
        }),
      }),
    );
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream',
    ]);
    const reader = response.body
      ?.pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream())
      .getReader();
    return {
      next: async () => {
        const read = await reader?.read();
        if (read?.value === undefined || read.value.event === 'complete') {
          return null;
        }
        const { data = null, errors } = JSON.parse(read.value.data) as StreamResult;
        return { data, ...(errors !== undefined && { errors }) };
      },
      cut: () => void reader?.cancel(),
    };
  }

  const isLook = ({ text }: { readonly text: string }): boolean => text.includes('string_agg(md5');
  const isTokenLookup = ({ text }: { readonly text: string }): boolean =>
    text.includes('throughline_authenticate');

  /** 1,000 streams of 200 tokens on 10 runs, each token on five of them, with their first states. */
  async function followByThousand(gateway: Gateway) {
    const ids = [job];
    for (let run = 1; run < 10; run += 1) {
      const [id = ''] = await seedJob(`-${run}`);
      ids.push(id);
    }
    const users = await Promise.all(
      Array.from({ length: 200 }, (_, user) =>
        seedUser(world, team.teamId, 'VIEWER', `${team.slug}-${user}`),
      ),
    );
    world.counting.takeAllStatements();
    const selection = 'status progress { pages } repositories { nodes { progress { pages } } }';
    const streams = await Promise.all(
      Array.from({ length: 1_000 }, async (_, index) =>
        follow(
          gateway,
          users[index % 200]?.token ?? '',
          selection,
          ids[Math.floor(index / 100)] ?? '',
        ),
      ),
    );
    const first = await Promise.all(streams.map((stream) => stream.next()));
    expect(gateway.activeStreams()).toBe(1_000);
    return { streams, first };
  }

  it('take at most one statement each until the first state: 1,000 of 200 tokens on 10 runs', async () => {
    const { first } = await followByThousand(open());
    expect(first.filter((result) => result?.errors !== undefined)).toEqual([]);
    expect(new Set(first.map((result) => JSON.stringify(result))).size).toBe(1);
    // With who asks and which rows a transaction may read; without BEGIN and COMMIT.
    expect(world.counting.takeAllStatements().length).toBeLessThanOrEqual(1_000);
  });

  it('cost 2 statements a run and poll and 1 for all tokens, while nothing changes', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const gateway = open({ pollMs: 2_000, lookGapMs: 0, syncRunChanges: SILENT });
      const { streams } = await followByThousand(gateway);
      const events: unknown[] = [];
      const reading = streams.map((stream) =>
        stream.next().then(
          (event) => events.push(event),
          () => 'cut',
        ),
      );
      /** What one poll costs. */
      const poll = async () => {
        const seen = world.counting.takeAllStatements().slice(0, 0);
        vi.advanceTimersByTime(2_000);
        await eventually(async () => {
          seen.push(...world.counting.takeAllStatements());
          expect(seen.filter(isLook).length).toBeGreaterThanOrEqual(10);
          expect(await world.openTransactions()).toBe(0);
        });
        seen.push(...world.counting.takeAllStatements());
        return { statements: seen.length, tokens: seen.filter(isTokenLookup).length };
      };
      // Behind the first looks comes one more each, when somebody listens; on a busy machine a look ends in the next poll.
      await eventually(async () => {
        for (let polls = 0; polls < 4; polls += 1) {
          expect(await poll()).toEqual({ statements: 21, tokens: 1 });
        }
      });
      expect(events).toEqual([]);
      gateway.endStreams();
      expect(new Set(await Promise.all(reading))).toEqual(new Set(['cut']));
      expect(gateway.activeStreams()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('get no event that equals the last, whatever else has changed', async () => {
    const stream = await follow(open(), team.viewerToken, 'progress { pages }');
    expect(await stream.next()).toEqual({ data: { syncRunProgress: { progress: { pages: 0 } } } });
    await eventually(() => expect(world.notifications.followers()).toBe(1));
    world.counting.takeStatements();
    await world.sql('UPDATE sync_run SET nested_rows = nested_rows + 1 WHERE id = $1', [sync]);
    await eventually(() =>
      expect(world.counting.takeStatements().filter(isLook).length).toBeGreaterThan(0),
    );
    await setPages(3);
    expect(await stream.next()).toEqual({ data: { syncRunProgress: { progress: { pages: 3 } } } });
    stream.cut();
  });

  it('that are demoted lose ADMIN in the next event, while others keep it', async () => {
    const gateway = open();
    const other = await seedUser(world, team.teamId, 'ADMIN', `${team.slug}-other`);
    const selection =
      'progress { pages } team { viewerRole auditLog(first: 1) { nodes { action } } }';
    const demoted = await follow(gateway, team.adminToken, selection);
    const kept = await follow(gateway, other.token, selection);
    const asAdmin = { syncRunProgress: { team: { viewerRole: 'ADMIN', auditLog: { nodes: [] } } } };
    expect([await demoted.next(), await kept.next()]).toMatchObject([
      { data: asAdmin },
      { data: asAdmin },
    ]);
    await eventually(() => expect(world.notifications.followers()).toBe(1));
    await world.sql(`UPDATE membership SET role = 'VIEWER' WHERE team_id = $1 AND user_id = $2`, [
      team.teamId,
      team.adminUserId,
    ]);
    await setPages(1);
    expect(await kept.next()).toMatchObject({ data: asAdmin });
    expect(await demoted.next()).toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
    kept.cut();
    demoted.cut();
  });

  it.each([
    ['are removed from the team', 'NOT_FOUND', 'DELETE FROM membership WHERE user_id = $1'],
    [
      'have their token revoked',
      'UNAUTHENTICATED',
      'UPDATE access_token SET revoked_at = now() WHERE user_id = $1',
    ],
  ])('that %s get nothing more, also when nothing changes', async (_how, code, statement) => {
    const gateway = open({ pollMs: 50, syncRunChanges: SILENT });
    const guest = await seedUser(world, team.teamId, 'VIEWER', `${team.slug}-guest`);
    const stream = await follow(gateway, guest.token, 'progress { pages }');
    await stream.next();
    await world.sql(statement, [guest.userId]);
    expect(await stream.next()).toMatchObject({ errors: [{ extensions: { code } }] });
    expect(await stream.next()).toBeNull();
    await eventually(() => expect(gateway.activeStreams()).toBe(0));
  });

  it('are not in the way of each other: what one asks for fails alone', async () => {
    const gateway = open({
      deadlines: { ...PATIENT, reads: { ...PATIENT.reads, lockMs: 50 } },
    });
    const failing = await follow(gateway, team.viewerToken, 'progress { pages } team { slug }');
    expect(await failing.next()).toMatchObject({ data: { syncRunProgress: { team: {} } } });
    const sound = await follow(gateway, team.viewerToken, 'progress { pages }');
    const unlock = await lockTable(world, 'team');
    expect(await sound.next()).toEqual({ data: { syncRunProgress: { progress: { pages: 0 } } } });
    await eventually(() => expect(world.notifications.followers()).toBe(1));
    await setPages(2);
    expect(await sound.next()).toEqual({ data: { syncRunProgress: { progress: { pages: 2 } } } });
    sound.cut();
    await unlock();
    expect(await failing.next()).toMatchObject({
      data: { syncRunProgress: { progress: { pages: 2 }, team: { slug: team.slug } } },
    });
    failing.cut();
  });
});
