import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand, startCommand, type RunningCommand } from '../support/processes/command.ts';
import { openRecording, RECORDINGS, type OpenRecording } from '../support/recordings/recordings.ts';

describe.each(RECORDINGS)('over a recording %s', (which) => {
  let recording: OpenRecording;
  let directory: string;
  let started: RunningCommand;

  const settings = (): Record<string, string> => ({
    THROUGHLINE_DATA_DIRECTORY: directory,
    PORT: '0',
  });

  beforeAll(async () => {
    recording = await openRecording(which);
    directory = await mkdtemp(join(tmpdir(), 'throughline-backfill-'));
    // As the folder of a clone is: PostgreSQL's own user can enter it.
    await chmod(directory, 0o755);
    started = startCommand(
      ['start', '--recording', recording.directory, '--days', '1'],
      settings(),
    );
    await started.line(/Everything keeps running/);
  });

  afterAll(async () => {
    await started?.stop();
    await rm(directory, { recursive: true, force: true });
    await recording?.remove();
  });

  test('a backfill of a recording is followed to its end, and its progress is told', async () => {
    const result = await runCommand(
      ['backfill', recording.name, '--since', '2010-01-01', '--follow', '--json'],
      settings(),
    );
    expect(result.code, result.stderr).toBe(0);
    const job = JSON.parse(result.stdout.trimEnd().split('\n').at(-1) ?? '') as {
      readonly status: string;
      readonly progress: { readonly pullRequestsSeen: number; readonly pullRequestsTotal: number };
    };
    expect(job).toMatchObject({ status: 'COMPLETED', progress: { fractionDone: 1 } });
    expect(job.progress.pullRequestsSeen).toBe(recording.pullRequests);
    expect(job.progress.pullRequestsTotal).toBe(job.progress.pullRequestsSeen);
    expect(result.stderr).toMatch(
      /backfill: 1 of 1 repositories, \d+ pull requests on \d+ pages, back to \d{4}-\d\d-\d\d, \d+ points — completed/,
    );
  });

  test('without --follow it says how to follow and how to cancel, and an ended one cannot be cancelled', async () => {
    const result = await runCommand(['backfill', '--days', '5'], settings());
    expect(result.code, result.stderr).toBe(0);
    const [, id = ''] = /throughline backfill --run (\S+)/.exec(result.stdout) ?? [];
    const followed = await runCommand(['backfill', '--run', id], settings());
    expect(followed.code, followed.stderr).toBe(0);
    const cancelled = await runCommand(['backfill', '--cancel', id], settings());
    expect(cancelled.code).toBe(1);
    expect(cancelled.stderr).toContain('This run has ended already (COMPLETED)');
  });

  test('what cannot be done is said in a sentence', async () => {
    const unknown = await runCommand(['backfill', '--team', 'nobody'], settings());
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('There is no team nobody; yours: demo.');
    const nothing = await runCommand(['backfill'], {
      THROUGHLINE_DATA_DIRECTORY: join(directory, 'none'),
    });
    expect(nothing.code).toBe(1);
    expect(nothing.stderr).toContain(
      'Nothing runs over this data directory: start it with npm start',
    );
  });
});
