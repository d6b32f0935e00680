import { createRequire } from 'node:module';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { IConfiguration } from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cruise, type Cruise } from '../../support/sources/cruise.ts';
import {
  createScratchTree,
  PROJECT_DIRECTORY,
  type ScratchTree,
  type TreeFiles,
} from '../../support/sources/scratch-tree.ts';
import { CLEAN_TREE, PLANTED, PLANTED_FOR_THE_EDGE, PLANTED_OUTSIDE } from './planted-imports.ts';

const ROOMS = '.dependency-cruiser.cjs';
const EDGE = '.dependency-cruiser.edge.cjs';
/** What `npm run rooms` looks at. */
const FOLDERS = ['src', 'bench', 'chaos'];

function ruleNames(config: string): string[] {
  const { forbidden }: IConfiguration = createRequire(import.meta.url)(
    join(PROJECT_DIRECTORY, config),
  );
  return (forbidden ?? []).map(({ name }) => name ?? '').toSorted();
}

async function cruiseScratch(
  files: TreeFiles,
  config: string,
  folders?: readonly string[],
): Promise<Cruise> {
  const tree: ScratchTree = await createScratchTree(files);
  try {
    return await cruise(tree.directory, config, folders);
  } finally {
    await tree.remove();
  }
}

async function countSources(): Promise<number> {
  const names = await readdir(join(PROJECT_DIRECTORY, 'src'), { recursive: true });
  return names.filter((name) => name.endsWith('.ts')).length;
}

describe.each([
  { title: 'the rules of the rooms', config: ROOMS, planted: PLANTED },
  { title: 'the rules of what runs on the edge', config: EDGE, planted: PLANTED_FOR_THE_EDGE },
])('$title', ({ config, planted }) => {
  let clean: Cruise;
  let dirty: Cruise;

  beforeAll(async () => {
    clean = await cruiseScratch(CLEAN_TREE, config);
    const files = Object.fromEntries(planted.map(({ path, text }) => [path, text]));
    dirty = await cruiseScratch({ ...CLEAN_TREE, ...files }, config);
  });

  it('let a tree pass that keeps them, having looked at every file of it', () => {
    expect(clean.violations).toEqual({});
    expect(clean.sources.toSorted()).toEqual(
      Object.keys(CLEAN_TREE)
        .filter((path) => path.startsWith('src/'))
        .toSorted(),
    );
  });

  it.each(planted.filter(({ rules }) => rules.length > 0))(
    'catch $path as $rules',
    ({ path, rules }) => {
      expect(dirty.violations[path]).toEqual(rules);
    },
  );

  it('catch nothing but what was planted', () => {
    expect(Object.keys(dirty.violations).toSorted()).toEqual(
      planted
        .filter(({ rules }) => rules.length > 0)
        .map(({ path }) => path)
        .toSorted(),
    );
  });

  it('each have a planted violation', () => {
    const proven = new Set(planted.flatMap(({ rules }) => rules));
    expect([...proven].toSorted()).toEqual(ruleNames(config));
  });
});

describe('the benches and the fault experiments', () => {
  it('have their circles caught too, and what a room may not do allowed', async () => {
    const planted = Object.fromEntries(PLANTED_OUTSIDE.map(({ path, text }) => [path, text]));
    const found = await cruiseScratch({ ...CLEAN_TREE, ...planted }, ROOMS, FOLDERS);
    expect(found.violations).toEqual(
      Object.fromEntries(
        PLANTED_OUTSIDE.filter(({ rules }) => rules.length > 0).map(({ path, rules }) => [
          path,
          rules,
        ]),
      ),
    );
  });
});

describe('the project', () => {
  let rooms: Cruise;
  let edge: Cruise;

  beforeAll(async () => {
    rooms = await cruise(PROJECT_DIRECTORY, ROOMS, FOLDERS);
    edge = await cruise(PROJECT_DIRECTORY, EDGE);
  });

  afterAll(() => {
    process.stdout.write(`rooms: ${rooms.sources.length} files of src looked at\n`);
  });

  it('keeps every rule, and the check looked at nearly all of its files', async () => {
    expect(rooms.violations).toEqual({});
    expect(edge.violations).toEqual({});
    const files = await countSources();
    expect(rooms.sources.length).toBeGreaterThan(files * 0.9);
    expect(edge.sources.length).toBeGreaterThan(files * 0.9);
  });

  it('starts in production without a development package', () => {
    const byName = new Map(rooms.modules.map((module) => [module.source, module]));
    // main.ts loads each command when it is called; these are the ones of docker-compose.yml.
    const loaded = new Set(
      ['main', 'serve/serve', 'core/database'].map((name) => `src/cli/${name}.ts`),
    );
    const development: string[] = [];
    for (const source of loaded) {
      for (const dependency of byName.get(source)?.dependencies ?? []) {
        const types: readonly string[] = dependency.dependencyTypes;
        if (dependency.dynamic || types.includes('type-only')) {
          continue;
        }
        if (types.includes('npm-dev')) {
          development.push(`${source} loads ${dependency.module}`);
        }
        loaded.add(dependency.resolved);
      }
    }
    expect(loaded.size).toBeGreaterThan(60);
    expect(development).toEqual([]);
  });
});
