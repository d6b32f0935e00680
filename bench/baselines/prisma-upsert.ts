import type { AiUsageRow } from '../../src/db/usage/ai-usage-table.ts';
import { createNodeDb } from '../../src/db/core/node-client.ts';
import type { RowOf } from '../../src/db/bulk/describe-table.ts';
import type { FILE } from '../../src/db/pulls/pull-request-tables.ts';
import { toUtcMidnight } from '../../src/domain/rollups/week.ts';
import { withTeamOption } from '../bench-database.ts';

export interface PrismaSample<Row> {
  /** As the application role. The team is set once a connection, so that a row is one statement. */
  readonly url: string;
  readonly teamId: string;
  readonly rows: Iterable<Row>;
  /** Rows that are really written. */
  readonly sample: number;
}

type PrismaDb = ReturnType<typeof createNodeDb>;

/** One `upsert` a row, one after another, as a first version of every product does it. Answers seconds a row. */
export async function upsertUsageThroughPrisma(input: PrismaSample<AiUsageRow>): Promise<number> {
  const teamId = BigInt(input.teamId);
  return timeRows(input, async (db, row) => {
    const { memberId, date: day, source, ...values } = row;
    const date = toUtcMidnight(day);
    const counts = {
      ...values,
      suggestionsShown: BigInt(values.suggestionsShown),
      suggestionsAccepted: BigInt(values.suggestionsAccepted),
      linesSuggested: BigInt(values.linesSuggested),
      linesAccepted: BigInt(values.linesAccepted),
      interactions: BigInt(values.interactions),
    };
    await db.aiUsageDaily.upsert({
      where: { teamId_memberId_date_source: { teamId, memberId, date, source } },
      create: { teamId, memberId, date, source, ...counts },
      update: counts,
    });
  });
}

/** The same for files of pull requests. */
export async function upsertFilesThroughPrisma(
  input: PrismaSample<RowOf<typeof FILE>>,
): Promise<number> {
  const teamId = BigInt(input.teamId);
  return timeRows(input, async (db, { pullRequestId, path, ...values }) => {
    await db.pullRequestFile.upsert({
      where: { teamId_pullRequestId_path: { teamId, pullRequestId, path } },
      create: { teamId, pullRequestId, path, ...values },
      update: values,
    });
  });
}

async function timeRows<Row>(
  { url, teamId, rows, sample }: PrismaSample<Row>,
  upsert: (db: PrismaDb, row: Row) => Promise<void>,
): Promise<number> {
  const db = createNodeDb({
    connectionString: withTeamOption(url, BigInt(teamId)),
    poolSize: 2,
    applicationName: 'throughline-bench prisma',
    onConnectionError: () => undefined,
  });
  try {
    await db.$queryRaw`SELECT 1 AS ready`;
    const startedAt = performance.now();
    let done = 0;
    for (const row of rows) {
      if (done === sample) {
        break;
      }
      await upsert(db, row);
      done += 1;
    }
    return (performance.now() - startedAt) / 1000 / done;
  } finally {
    await db.$disconnect();
  }
}
