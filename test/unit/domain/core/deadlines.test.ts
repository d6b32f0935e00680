import { describe, expect, it } from 'vitest';
import { DEADLINES } from '../../../../src/domain/core/deadlines.ts';

const { database, reads, requests, temporal } = DEADLINES;

describe("the product's deadlines", () => {
  it('let whoever asks hear within five seconds that a server is away or busy', () => {
    const waits = [reads.identityMs, reads.maxWaitMs, temporal.answerMs, temporal.signalMs];
    expect(Math.max(...waits)).toBeLessThan(5_000);
  });

  it('answer a webhook before GitHub gives up on it, after ten seconds', () => {
    // The last announcement may begin when the time for them is nearly over.
    const announced = requests.announcingMs + temporal.signalMs + database.lockMs;
    expect(announced).toBeLessThan(10_000);
  });

  it('end a host within five seconds', () => {
    expect(requests.drainMs).toBeLessThan(5_000);
  });

  it('leave a connection that nobody uses to others within five seconds', () => {
    expect(database.idleMs).toBeLessThan(5_000);
  });

  it('give jobs longer than requests', () => {
    expect(database.jobMs).toBeGreaterThan(reads.holdMs);
    expect(database.beginMs).toBeGreaterThan(reads.maxWaitMs);
  });
});
