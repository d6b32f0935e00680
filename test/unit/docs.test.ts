import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { IConfiguration } from 'dependency-cruiser';
import { describe, expect, it } from 'vitest';
import { type BenchResult, renderMarkdown } from '../../bench/figures.ts';
import { PROJECT_DIRECTORY } from '../support/sources/scratch-tree.ts';

const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  ...['docs', 'docs/adr'].flatMap((folder) =>
    readdirSync(join(PROJECT_DIRECTORY, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];

function read(path: string): string {
  return readFileSync(join(PROJECT_DIRECTORY, path), 'utf8');
}

function isThere(path: string): boolean {
  return existsSync(join(PROJECT_DIRECTORY, path));
}

/** Paths from the root of the repository that a text names; patterns and examples with placeholders are none. */
function pathsIn(text: string): string[] {
  const pattern =
    /(?<![\w./@-])(?:src|test|docs|deploy|scripts|bench|chaos|prisma)\/[\w./<>*…-]*[\w>*]/g;
  return [...new Set(text.match(pattern) ?? [])].filter((path) => !/[<>*…]/.test(path));
}

/** Targets of links to files, as paths from the root, each with the heading that it jumps to. */
function linksIn(document: string): { readonly path: string; readonly heading: string }[] {
  return [...read(document).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(
    ([, path = '', heading = '']) => ({
      path: path === '' ? document : join(dirname(document), path),
      heading,
    }),
  );
}

/** Anchors of a document's headings, as GitHub makes them. */
function anchorsIn(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

describe('the documentation', () => {
  it.each([...DOCUMENTS, 'prisma/catalogue.txt'])('%s names only paths that exist', (document) => {
    expect(pathsIn(read(document)).filter((path) => !isThere(path))).toEqual([]);
  });

  it('would be caught with a path that does not exist', () => {
    expect(
      pathsIn('see `src/db/walks.ts` and src/domain/core, not src/workflows/<name>.ts'),
    ).toEqual(['src/db/walks.ts', 'src/domain/core']);
    expect(['src/db/walks.ts', 'src/domain/core'].filter(isThere)).toEqual(['src/domain/core']);
    expect(DOCUMENTS.flatMap((document) => pathsIn(read(document))).length).toBeGreaterThan(30);
  });

  it.each(DOCUMENTS)('%s links only to files and headings that exist', (document) => {
    const broken = linksIn(document).filter(
      ({ path, heading }) =>
        !isThere(path) || (heading !== '' && !anchorsIn(read(path)).includes(heading)),
    );
    expect(broken).toEqual([]);
  });

  it('has the figures of the last full benches', () => {
    const cellsOf = (line: string): string =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .join('|');
    const written = new Set(read('docs/benchmarks.md').split('\n').map(cellsOf));
    for (const name of ['usage', 'rollup', 'sync']) {
      const result = JSON.parse(read(`bench/results/${name}.json`)) as BenchResult;
      const rows = renderMarkdown(result)
        .split('\n')
        .filter((line) => line.startsWith('| `'));
      expect(rows.length).toBe(result.figures.length);
      expect(rows.map(cellsOf).filter((row) => !written.has(row))).toEqual([]);
    }
  });
});

describe('docs/ARCHITECTURE.md', () => {
  const text = read('docs/ARCHITECTURE.md');
  const [, picture = ''] = /^```\n([\s\S]*?)^```/m.exec(text) ?? [];
  const [, floors = '', topics = '', folders = ''] =
    /floor +rooms\n([\s\S]*?)\n\n( topics [\s\S]*?)\n\n[^\n]*\n([\s\S]*)/.exec(picture) ?? [];
  const { forbidden = [] }: IConfiguration = createRequire(import.meta.url)(
    join(PROJECT_DIRECTORY, '.dependency-cruiser.cjs'),
  );

  /** Folders of each room by floor, as the rules have them. */
  const ruled = new Map<string, string[][]>();
  for (const { name = '', from } of forbidden) {
    const [, room = '', names = ''] = name.startsWith('R9-folders-downwards-')
      ? (/^\^src\/(\w+)\/\((.+)\)\/$/.exec(String(from.path)) ?? [])
      : [];
    if (room !== '') {
      ruled.set(room, [...(ruled.get(room) ?? []), names.split('|').toSorted()]);
    }
  }

  it('has fewer than 150 lines', () => {
    expect(text.split('\n').length).toBeLessThan(150);
  });

  it('draws each room above those that it may import', () => {
    const floorOf = new Map(
      [...floors.matchAll(/^ (\d) +(.+)$/gm)].flatMap(([, floor, rooms = '']) =>
        rooms.split(' · ').map((room) => [room.trim(), Number(floor)] as const),
      ),
    );
    const rules = forbidden.flatMap((rule) => {
      const [, room = ''] = /^R2-rooms-downwards-(\w+)$/.exec(rule.name ?? '') ?? [];
      const pathNot = 'to' in rule ? String(rule.to.pathNot) : '';
      const [, allowed = ''] = /^\^src\/\((.+)\)\/$/.exec(pathNot) ?? [];
      return room === '' ? [] : [{ room, lower: allowed.split('|').filter((one) => one !== room) }];
    });
    expect([...floorOf.keys()].toSorted()).toEqual(rules.map(({ room }) => room).toSorted());
    const upwards = rules.flatMap(({ room, lower }) =>
      lower
        .filter((one) => (floorOf.get(one) ?? Infinity) >= (floorOf.get(room) ?? 0))
        .map((one) => `${room} imports ${one}`),
    );
    expect(upwards).toEqual([]);
  });

  it('draws the folders of each room on the floors that the rules give them', () => {
    const drawn = new Map<string, string[][]>();
    for (const line of folders
      .replaceAll(/\n +\|/g, ' |')
      .trim()
      .split('\n')) {
      const [, room = '', row = ''] = /^ ?(\w+) +(.+)$/.exec(line) ?? [];
      const all = row.split(' | ').map((floor) => floor.trim().split(' ').toSorted());
      const doors = all.flat().filter((name) => name.endsWith('.ts'));
      expect(doors.filter((door) => !isThere(`src/${room}/${door}`))).toEqual([]);
      drawn.set(
        room,
        all.filter((floor) => !floor.some((name) => doors.includes(name))),
      );
    }
    expect(drawn.size).toBeGreaterThan(5);
    expect(drawn).toEqual(ruled);
  });

  it('draws each topic in the rooms that have a folder for it', () => {
    const [head = '', ...rows] = topics.split('\n');
    const columns = [...head.matchAll(/\S+/g)].slice(1).map(([room], index, all) => ({
      room,
      start: head.indexOf(` ${room}`) + 1,
      end: all[index + 1] === undefined ? Infinity : head.indexOf(` ${all[index + 1]?.[0]}`) + 1,
    }));
    expect(columns.length).toBeGreaterThan(5);
    expect(rows.length).toBeGreaterThan(5);
    for (const row of rows) {
      const [topic = ''] = row.trim().split(' ');
      const drawn = columns
        .filter(({ start, end }) => row.slice(start, end).includes('x'))
        .map(({ room }) => room);
      const there = columns
        .filter(({ room }) => isThere(`src/${room}/${topic}`))
        .map(({ room }) => room);
      expect({ topic, rooms: drawn }).toEqual({ topic, rooms: there });
    }
  });
});
