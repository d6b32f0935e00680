import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  grow,
  growPageSize,
  halvePageSize,
  type PageSize,
} from '../../../../src/db/sync/page-size.ts';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';

let scene: Scene;
let team: SceneTeam;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

beforeEach(async () => {
  teams += 1;
  team = await addTeam(scene.sql, `team-${teams}`);
});

async function store({ size, streak }: PageSize): Promise<void> {
  const text = 'UPDATE repository SET page_size = $1, page_streak = $2 WHERE id = $3';
  await scene.sql.query(text, [size, streak, team.repositoryId]);
}

async function stored(): Promise<PageSize | undefined> {
  const text = 'SELECT page_size AS size, page_streak AS streak FROM repository WHERE id = $1';
  const { rows } = await scene.sql.query<PageSize>(text, [team.repositoryId]);
  return rows[0];
}

const as = <T>(work: (tx: DbTransaction) => Promise<T>) => withTeam(scene.db, team.teamId, work);
const halve = (failed: number) => as((tx) => halvePageSize(tx, team, failed));
const growFrom = (asked: PageSize) => as((tx) => growPageSize(tx, team, asked));

const LAST_OF_25: PageSize = { size: 25, streak: 0 };

describe('the size of a page', () => {
  it('is stored as it is predicted, up to a hundred', async () => {
    let size: PageSize = { size: 25, streak: -9 };
    await store(size);
    const seen: number[] = [];
    for (let page = 0; page < 20; page += 1) {
      seen.push(size.size);
      await growFrom(size);
      size = grow(size);
      expect(await stored()).toEqual(size);
    }
    expect([25, 50, 100].map((of) => seen.filter((asked) => asked === of).length)).toEqual([
      9, 9, 2,
    ]);
  });

  it('that failed ahead of the page that leads to it is halved, whichever is known first', async () => {
    const halved = { size: 25, streak: -9 };
    await store(LAST_OF_25);
    expect(await halve(50)).toEqual(halved);
    await growFrom(LAST_OF_25);
    expect(await stored()).toEqual(halved);
    await store(LAST_OF_25);
    await growFrom(LAST_OF_25);
    expect(await stored()).toEqual({ size: 50, streak: 0 });
    expect(await halve(50)).toEqual(halved);
    expect(await stored()).toEqual(halved);
  });

  it('is halved once by two attempts that failed with it', async () => {
    await store({ size: 50, streak: 1 });
    expect(await halve(50)).toEqual({ size: 25, streak: -9 });
    expect(await halve(50)).toEqual({ size: 25, streak: -9 });
  });

  it('is one at least, and no more than what failed where it is smaller by now', async () => {
    await store({ size: 1, streak: 2 });
    expect(await halve(1)).toEqual({ size: 1, streak: -9 });
    await store({ size: 12, streak: 0 });
    expect(await halve(50)).toEqual({ size: 12, streak: 0 });
  });

  it('of another attempt stands', async () => {
    await store({ size: 12, streak: -9 });
    await growFrom(LAST_OF_25);
    expect(await stored()).toEqual({ size: 12, streak: -9 });
  });
});
