import { describe, expect, it, vi } from 'vitest';
import type { AnsweredOperation } from '../../../../src/api/core/observation.ts';
import { createTelemetry, type Telemetry } from '../../../../src/runtime/telemetry/telemetry.ts';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What is exposed in Prometheus' text format; throws at a line that is none of it. */
function parseExposition(text: string) {
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const comment = /^# (TYPE|HELP) (\w+) (.+)$/.exec(line);
    const sample = /^([a-z_]+[a-z\d_]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (comment !== null) {
      const [, kind, name = '', rest = ''] = comment;
      const known = kind === 'TYPE' ? types : helps;
      if (known.has(name)) {
        throw new Error(`${name} is described twice`);
      }
      known.set(name, rest);
    } else if (sample !== null) {
      const [, name = '', labels = '', value] = sample;
      samples.push({
        name,
        value: Number(value),
        labels: Object.fromEntries(
          [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text_]) => [key, text_]),
        ),
      });
    } else {
      throw new Error(`no exposition: ${line}`);
    }
  }
  return { types, helps, samples };
}

function open(logRequests = false) {
  const log: object[] = [];
  const info = (fields: object) => void log.push(fields);
  const telemetry = createTelemetry({
    logRequests,
    operations: new Set(['Overview']),
    logger: { info } as never,
  });
  return { telemetry, log };
}

const ANSWERED: AnsweredOperation = {
  requestId: 'r1',
  name: 'Overview',
  type: 'query',
  status: 200,
  cost: 40,
  codes: new Set(),
  durationMs: 20,
};

async function read(telemetry: Telemetry) {
  const { samples } = parseExposition(await telemetry.render());
  return {
    /** Labels and values of a metric. */
    of: (name: string) =>
      samples
        .filter((sample) => sample.name === name)
        .map(({ labels, value }) => ({ ...labels, value })),
  };
}

describe('what is exposed', () => {
  it('has help and a type for every metric, and names that Prometheus wants', async () => {
    const { telemetry } = open();
    telemetry.onOperation(ANSWERED);
    const { types, helps, samples } = parseExposition(await telemetry.render());
    expect([...types.keys()].filter((name) => !helps.has(name))).toEqual([]);
    const bases = samples.map(({ name }) =>
      types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''),
    );
    expect(bases.filter((name) => !types.has(name))).toEqual([]);
    for (const [name, type] of types) {
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
      expect(name).not.toMatch(/_(ms|milliseconds|minutes)(_|$)/);
    }
  });

  it('counts an operation by its name only where the settings name it', async () => {
    const { telemetry } = open();
    for (const name of [
      'Overview',
      'Secret',
      null,
      ...Array.from({ length: 500 }, (_, n) => `N${n}`),
    ]) {
      telemetry.onOperation({ ...ANSWERED, name });
    }
    const { of } = await read(telemetry);
    expect(of('throughline_graphql_requests_total')).toEqual([
      { operation: 'Overview', type: 'query', status: '200', value: 1 },
      { operation: 'other', type: 'query', status: '200', value: 502 },
    ]);
    expect(
      of('throughline_graphql_request_duration_seconds_count').map(({ value }) => value),
    ).toEqual([1, 502]);
  });

  it('counts errors by their code, and codes that nobody knows together', async () => {
    const { telemetry } = open();
    telemetry.onOperation({ ...ANSWERED, codes: new Set(['NOT_FOUND', 'FORBIDDEN']) });
    telemetry.onOperation({ ...ANSWERED, codes: new Set(['NOT_FOUND', 'MADE_UP_1']) });
    telemetry.onOperation({ ...ANSWERED, codes: new Set(['MADE_UP_2']) });
    expect((await read(telemetry)).of('throughline_graphql_errors_total')).toEqual([
      { code: 'NOT_FOUND', value: 2 },
      { code: 'FORBIDDEN', value: 1 },
      { code: 'other', value: 2 },
    ]);
  });

  it('shows dirty marks as they are, and no number while they cannot be read', async () => {
    const { telemetry } = open();
    let backlog: { marks: number; oldestAgeSeconds: number } | null = {
      marks: 7,
      oldestAgeSeconds: 90.5,
    };
    const forget = telemetry.watchDirtyMarks(async () => {
      if (backlog === null) {
        throw new Error('away');
      }
      return backlog;
    });
    const shown = async () => {
      const { of } = await read(telemetry);
      return ['throughline_dirty_marks', 'throughline_dirty_marks_oldest_age_seconds'].flatMap(of);
    };
    expect(await shown()).toEqual([{ value: 7 }, { value: 90.5 }]);
    backlog = null;
    expect(await shown()).toEqual([]);
    backlog = { marks: 0, oldestAgeSeconds: 0 };
    expect(await shown()).toEqual([{ value: 0 }, { value: 0 }]);
    forget();
  });

  it('is answered without dirty marks while the database hangs, which is asked once for all', async () => {
    vi.useFakeTimers();
    try {
      const { telemetry } = open();
      const readMarks = vi.fn<() => Promise<never>>(() => new Promise(() => undefined));
      telemetry.watchDirtyMarks(readMarks);
      telemetry.onOperation(ANSWERED);
      for (let scrape = 0; scrape < 3; scrape += 1) {
        const answer = telemetry.render();
        await vi.advanceTimersByTimeAsync(3_000);
        expect(await answer).toContain('throughline_graphql_requests_total{');
      }
      expect(readMarks).toHaveBeenCalledTimes(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('shows pools while they are open', async () => {
    const { telemetry } = open();
    const forget = telemetry.watchPool('throughline worker sync,llm', () => ({
      inUse: 3,
      idle: 1,
      waiting: 5,
    }));
    const { of } = await read(telemetry);
    expect(of('throughline_database_connections')).toEqual([
      { pool: 'worker', state: 'in_use', value: 3 },
      { pool: 'worker', state: 'idle', value: 1 },
    ]);
    expect(of('throughline_database_connections_waiting')).toEqual([{ pool: 'worker', value: 5 }]);
    forget();
    expect((await read(telemetry)).of('throughline_database_connections')).toEqual([]);
  });

  it('counts what syncs and rollups do', async () => {
    const { telemetry } = open();
    const { syncMeter, activityMeter } = telemetry;
    syncMeter.onRequest({ resource: 'graphql', result: 'answered', points: 12 });
    syncMeter.onRequest({ resource: 'core', result: 'failed', points: 0 });
    syncMeter.onWait('limit');
    syncMeter.onPage({ pullRequests: 25, outcome: null });
    syncMeter.onPage({ pullRequests: 5, outcome: 'COMPLETED' });
    activityMeter.onSlots('compute', 4);
    activityMeter.onBegin('compute');
    activityMeter.onBegin('compute');
    activityMeter.onEnd({
      activity: 'rollUpDirtyWeeks',
      queue: 'compute',
      result: 'completed',
      durationMs: 2_000,
      answer: { rowsWritten: 30 },
    });
    const { of } = await read(telemetry);
    expect(of('throughline_github_points_total')).toEqual([
      { resource: 'graphql', value: 12 },
      { resource: 'core', value: 0 },
    ]);
    expect(of('throughline_github_waits_total')).toEqual([{ reason: 'limit', value: 1 }]);
    expect(of('throughline_sync_pages_total')).toEqual([{ value: 2 }]);
    expect(of('throughline_sync_pull_requests_total')).toEqual([{ value: 30 }]);
    expect(of('throughline_repository_syncs_total')).toEqual([{ outcome: 'COMPLETED', value: 1 }]);
    expect(of('throughline_worker_slots')).toEqual([{ queue: 'compute', value: 4 }]);
    expect(of('throughline_worker_slots_used')).toEqual([{ queue: 'compute', value: 1 }]);
    expect(of('throughline_rollup_duration_seconds_sum')).toEqual([{ kind: 'dirty', value: 2 }]);
    expect(of('throughline_rollup_rows_written_total')).toEqual([{ value: 30 }]);
  });
});

describe('the log of requests', () => {
  it('has what a request was and came to, and nothing of who asked or what for', () => {
    const { telemetry, log } = open(true);
    telemetry.onOperation({ ...ANSWERED, name: 'x'.repeat(5_000), codes: new Set(['NOT_FOUND']) });
    expect(log).toEqual([
      {
        requestId: 'r1',
        operation: 'x'.repeat(64),
        type: 'query',
        status: 200,
        codes: ['NOT_FOUND'],
        ms: 20,
        cost: 40,
        statements: 0,
      },
    ]);
  });

  it('is empty unless it is asked for', () => {
    const { telemetry, log } = open();
    telemetry.onOperation(ANSWERED);
    expect(log).toEqual([]);
  });
});
