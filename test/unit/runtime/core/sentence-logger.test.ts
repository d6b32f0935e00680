import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import { createSentenceLogger } from '../../../../src/runtime/core/logger.ts';

function open(level: 'debug' | 'info' | 'silent' = 'info') {
  const notes: string[] = [];
  const warnings: string[] = [];
  const output = {
    note: (sentence: string) => void notes.push(sentence),
    warn: (sentence: string) => void warnings.push(sentence),
  };
  return { logger: createSentenceLogger(level, output), notes, warnings };
}

describe('a log for whoever watches a command', () => {
  it('is sentences, with their fields in brackets', () => {
    const { logger, notes, warnings } = open();
    logger.info({ schedules: ['housekeeping', 'retention'] }, 'schedules were created');
    logger.info({}, 'the replica answers reads');
    logger.debug({}, 'not asked for');
    logger.warn({ reason: 'closed', sent: 3 }, 'a connection broke');
    expect(notes).toEqual([
      'schedules were created (schedules: housekeeping, retention)',
      'the replica answers reads',
    ]);
    expect(warnings).toEqual(['a connection broke (reason: closed; sent: 3)']);
  });

  it('tells what was expected by its sentence, and a defect with its stack', () => {
    const { logger, warnings } = open();
    logger.error({ err: new DomainError('CONFLICT', 'Try again.') }, 'no schedules');
    logger.error({ err: new TypeError('x is no function') }, 'unexpected error');
    expect(warnings[0]).toBe('no schedules: Try again.');
    expect(warnings[1]).toMatch(/^unexpected error: TypeError: x is no function\n {4}at /);
  });

  it('tells what Temporal says of a failure that was foreseen without its stack and its ids for machines', () => {
    const { logger, warnings } = open();
    logger.warn(
      {
        sdkComponent: 'worker',
        taskQueue: 'sync',
        taskToken: 'CiQw',
        isLocal: false,
        namespace: 'default',
        runId: '01a2',
        workflowRunId: '01a2',
        activityId: '2',
        durationMs: 47,
        workflowId: 'backfill:1',
        attempt: 1,
        err: ApplicationFailure.nonRetryable('GitHub refuses the token.'),
      },
      'Activity failed',
    );
    const ofOtherThread = new Error('GitHub refuses the token.');
    ofOtherThread.stack =
      'ApplicationFailure: GitHub refuses the token.\n    at end (backfill-team.ts:98:20)';
    logger.warn({ err: ofOtherThread }, 'Workflow failed');
    expect(warnings).toEqual([
      'Activity failed (workflowId: backfill:1; attempt: 1): GitHub refuses the token.',
      'Workflow failed: GitHub refuses the token.',
    ]);
  });

  it('shows no secret, and nothing that steers a terminal', () => {
    const { logger, warnings } = open();
    logger.warn({ token: 'ghp_1', inner: { password: 'p' }, reason: '\u001b[2Jgone\r' }, 'refused');
    expect(warnings).toEqual([
      'refused (token: [secret]; inner: {"password":"[secret]"}; reason: \uFFFD[2Jgone\uFFFD)',
    ]);
  });
});
