import type { Db } from '../../../../src/db/core/client.ts';

/** What becomes of the batches that apply a definition, by their number over all attempts. */
export interface Trouble {
  beforeCommit?: (batch: number) => Promise<void>;
  afterCommit?: (batch: number) => Promise<void>;
}

/** The database, with trouble around the transactions that do a batch, as it is then. */
export function withTrouble(db: Db, trouble: Trouble): Db {
  let batches = 0;
  type Run = (work: (tx: unknown) => Promise<unknown>, options: unknown) => Promise<unknown>;
  const run: Run = async (work, options) => {
    let batch: number | undefined;
    const result = await (db.$transaction as unknown as Run).call(
      db,
      async (tx) => {
        const answer = await work(tx);
        if (typeof answer === 'object' && answer !== null && 'pullRequestsDone' in answer) {
          batches += 1;
          batch = batches;
          await trouble.beforeCommit?.(batch);
        }
        return answer;
      },
      options,
    );
    if (batch !== undefined) {
      await trouble.afterCommit?.(batch);
    }
    return result;
  };
  return new Proxy(db, {
    get: (target, name) => (name === '$transaction' ? run : (Reflect.get(target, name) as unknown)),
  });
}

/** As a database says it whose connection ended. */
export const loseConnection = () =>
  Object.assign(new Error('Connection terminated unexpectedly'), { code: 'P1017' });
