import type { TreeFiles } from '../../support/sources/scratch-tree.ts';

export interface PlantedFile {
  readonly path: string;
  readonly text: string;
  /** Names of the rules that it breaks, sorted; empty for a file that only serves another. */
  readonly rules: readonly string[];
}

/** A small tree that keeps every rule, with what a careless rule would take for a violation. */
export const CLEAN_TREE: TreeFiles = {
  'src/domain/core/fact.ts': `export interface Fact { readonly value: number }\nexport const ZERO: Fact = { value: 0 };\n`,
  'src/metrics/sum.ts': `import { type Fact, ZERO } from '../domain/core/fact.ts';\nexport const sum = (fact: Fact) => fact.value + ZERO.value;\n`,
  'src/metrics/index.ts': `import { sum } from './sum.ts';\nexport const METRICS = [sum];\n`,
  'src/contracts/work.ts': `import type { Fact } from '../domain/core/fact.ts';\nexport interface Work { run(fact: Fact): Promise<void> }\n`,
  'src/db/generated/prisma/client.ts': `import * as path from 'node:path';\nexport const client = path.sep;\n`,
  'src/db/generated/pothos.ts': `import type { PothosPrismaDatamodel } from '@pothos/plugin-prisma';\nexport type Model = PothosPrismaDatamodel;\n`,
  'src/db/core/copy.ts': `import { open } from 'node:fs/promises';\nimport pg from 'pg';\nimport { client } from '../generated/prisma/client.ts';\nexport interface Copy { readonly rows: number }\nexport const copy = [open, pg, client];\n`,
  'src/github/client.ts': `import { Octokit } from '@octokit/rest';\nexport const github = Octokit;\n`,
  'src/llm/answer.ts': `import { z } from 'zod';\nexport const answer = z.string();\n`,
  'src/workflows/core/work.ts': `import { proxyActivities } from '@temporalio/workflow';\nimport type { Work } from '../../contracts/work.ts';\nexport const work = () => proxyActivities<Work>({});\n`,
  'src/workflows/index.ts': `export { work } from './core/work.ts';\n`,
  'src/activities/core/work.ts': `import { Context } from '@temporalio/activity';\nimport type { Work } from '../../contracts/work.ts';\nimport { copy } from '../../db/core/copy.ts';\nimport { github } from '../../github/client.ts';\nimport { answer } from '../../llm/answer.ts';\nimport { METRICS } from '../../metrics/index.ts';\nexport type Made = Work;\nexport const made = [Context, copy, github, answer, METRICS];\n`,
  'src/api/core/builder.ts': `import type { Model } from '../../db/generated/pothos.ts';\nexport const builder = (model: Model) => model;\n`,
  'src/api/schema/teams/team.ts': `import { builder } from '../../core/builder.ts';\nexport const team = builder;\n`,
  'src/api/schema/index.ts': `import { team } from './teams/team.ts';\nexport const ENTITIES = [team];\n`,
  // A type of a Node-only file is gone when the handler runs.
  'src/api/handler.ts': `import { createYoga } from 'graphql-yoga';\nimport type { Copy } from '../db/core/copy.ts';\nimport { ENTITIES } from './schema/index.ts';\nexport const handle = (copy: Copy) => [createYoga, copy, ENTITIES];\n`,
  'src/demo/core/fake.ts': `import { createServer } from 'node:http';\nimport { graphql } from 'graphql';\nimport { ZERO } from '../../domain/core/fact.ts';\nexport const fake = [createServer, graphql, ZERO];\n`,
  'src/runtime/embedded/file.mjs': `import { open } from 'node:fs/promises';\nexport const file = open;\n`,
  'src/runtime/embedded/lock.mjs': `import { randomUUID } from 'node:crypto';\nimport { file } from './file.mjs';\nexport const lock = [randomUUID, file];\n`,
  'src/runtime/embedded/server.ts': `import { TestWorkflowEnvironment } from '@temporalio/testing';\nexport const server = TestWorkflowEnvironment;\n`,
  'src/runtime/core/worker.ts': `import { Worker } from '@temporalio/worker';\nimport { made } from '../../activities/core/work.ts';\nimport { handle } from '../../api/handler.ts';\nexport const worker = [Worker, made, handle];\n`,
  'src/demo/demo.ts': `export { fake } from './core/fake.ts';\n`,
  // A type of the demo is gone in the build.
  'src/cli/core/load-demo.ts': `import type * as Demo from '../../demo/demo.ts';\nexport const loadDemo = (): Promise<typeof Demo> => import('../../demo/demo.ts');\n`,
  'src/cli/main.ts': `import { Command } from 'commander';\nimport { worker } from '../runtime/core/worker.ts';\nimport { loadDemo } from './core/load-demo.ts';\nexport const main = [Command, worker, loadDemo];\n`,
};

/** A folder of each room that has folders; the others are flat. */
const A_FOLDER: Readonly<Record<string, string>> = {
  domain: 'core/',
  db: 'core/',
  github: 'limits/',
  workflows: 'core/',
  activities: 'core/',
  api: 'core/',
  demo: 'core/',
  runtime: 'core/',
  cli: 'core/',
};

/** Where something is planted in a room, and the way from there to src. */
function plantIn(room: string): { readonly directory: string; readonly toSources: string } {
  const folder = A_FOLDER[room] ?? '';
  return { directory: `src/${room}/${folder}`, toSources: folder === '' ? '../' : '../../' };
}

/** One room's import of another room that it must not see. */
function upward(room: string, target: string, alsoBreaks: readonly string[] = []): PlantedFile {
  const { directory, toSources } = plantIn(room);
  return {
    path: `${directory}planted-room.ts`,
    text: `import type * as other from '${toSources}${target}';\nexport type Other = typeof other;\n`,
    rules: [`R2-rooms-downwards-${room}`, ...alsoBreaks].toSorted(),
  };
}

/** One room's import of a package that belongs to another room. */
function vendor(room: string, name: string): PlantedFile {
  return {
    path: `${plantIn(room).directory}planted-vendor.ts`,
    text: `import * as vendor from '${name}';\nexport const planted = vendor;\n`,
    rules: [`R6-vendors-${room}`],
  };
}

/** A folder's import of one beside it or above it, with the file that it imports. */
function sideways(room: string, floor: number, folder: string, target: string): PlantedFile[] {
  const rule = `R9-folders-downwards-${room}-${floor}`;
  const isDoor = target.endsWith('.ts');
  return [
    {
      path: `src/${room}/${folder}/planted-folder.ts`,
      text: `import type * as other from '../${isDoor ? target : `${target}/planted-target-${floor}.ts`}';\nexport type Other = typeof other;\n`,
      rules: [rule],
    },
    ...(isDoor
      ? []
      : [
          {
            path: `src/${room}/${target}/planted-target-${floor}.ts`,
            text: `export const TARGET = ${floor};\n`,
            rules: [],
          },
        ]),
  ];
}

/** A file that lies in a room beside its folders. */
function astray(room: string): PlantedFile {
  return {
    path: `src/${room}/planted-astray.ts`,
    text: `import type * as other from './${A_FOLDER[room]}planted-found.ts';\nexport type Other = typeof other;\n`,
    rules: [`R9-every-file-in-a-folder-${room}`],
  };
}

export const PLANTED: readonly PlantedFile[] = [
  upward('domain', 'metrics/sum.ts'),
  upward('metrics', 'db/core/copy.ts'),
  upward('contracts', 'metrics/sum.ts'),
  upward('db', 'github/client.ts'),
  upward('github', 'llm/answer.ts'),
  upward('llm', 'db/core/copy.ts'),
  upward('workflows', 'activities/core/work.ts'),
  upward('activities', 'workflows/core/work.ts'),
  upward('api', 'workflows/core/work.ts'),
  upward('demo', 'api/core/builder.ts'),
  upward('runtime', 'demo/core/fake.ts', ['R8-only-cli-imports-runtime']),
  upward('cli', 'api/core/builder.ts'),
  vendor('domain', 'zod'),
  vendor('metrics', 'graphql'),
  vendor('contracts', 'zod'),
  vendor('db', 'graphql'),
  vendor('github', 'graphql-yoga'),
  vendor('llm', 'pg'),
  vendor('workflows', '@temporalio/client'),
  vendor('activities', '@octokit/rest'),
  vendor('api', '@prisma/client'),
  vendor('demo', 'pg'),
  vendor('runtime', 'graphql-yoga'),
  vendor('cli', 'pg'),
  ...sideways('domain', 1, 'core', 'rollups'),
  ...sideways('domain', 2, 'members', 'sync'),
  ...sideways('domain', 3, 'usage', 'webhooks'),
  ...sideways('db', 1, 'core', 'bulk'),
  ...sideways('db', 2, 'bulk', 'schema'),
  ...sideways('db', 3, 'connections', 'rollups'),
  ...sideways('db', 4, 'members', 'pulls'),
  ...sideways('db', 5, 'pulls', 'sync'),
  ...sideways('db', 6, 'sync', 'delivery'),
  ...sideways('db', 7, 'delivery', 'report'),
  ...sideways('github', 1, 'limits', 'transport'),
  ...sideways('github', 2, 'transport', 'pulls'),
  ...sideways('github', 3, 'pulls', 'usage'),
  ...sideways('github', 4, 'delivery', 'connections'),
  ...sideways('github', 5, 'members', 'client.ts'),
  ...sideways('workflows', 1, 'core', 'rollups'),
  ...sideways('workflows', 2, 'rollups', 'sync'),
  ...sideways('workflows', 3, 'sync', 'webhooks'),
  ...sideways('workflows', 4, 'webhooks', 'index.ts'),
  ...sideways('activities', 1, 'core', 'requests'),
  ...sideways('activities', 2, 'requests', 'stages'),
  ...sideways('activities', 3, 'stages', 'connections'),
  ...sideways('activities', 4, 'pulls', 'delivery'),
  ...sideways('activities', 5, 'sync', 'webhooks'),
  ...sideways('api', 1, 'core', 'http'),
  ...sideways('api', 2, 'http', 'mutations'),
  ...sideways('api', 3, 'schema', 'handler.ts'),
  ...sideways('demo', 1, 'core', 'organisation'),
  ...sideways('demo', 2, 'organisation', 'recording'),
  ...sideways('demo', 3, 'fake-github', 'installation'),
  ...sideways('runtime', 1, 'settings', 'embedded'),
  ...sideways('runtime', 2, 'core', 'temporal'),
  ...sideways('runtime', 3, 'temporal', 'platform'),
  ...sideways('runtime', 4, 'platform', 'database'),
  ...sideways('runtime', 5, 'database', 'connections'),
  ...sideways('runtime', 6, 'http', 'usage'),
  ...sideways('cli', 1, 'core', 'sync'),
  ...sideways('cli', 2, 'sync', 'usage'),
  ...sideways('cli', 3, 'start', 'main.ts'),
  ...Object.keys(A_FOLDER).flatMap((room) => [
    astray(room),
    {
      path: `src/${room}/${A_FOLDER[room]}planted-found.ts`,
      text: `export const FOUND = 1;\n`,
      rules: [],
    },
  ]),
  {
    path: 'src/domain/core/chicken.ts',
    text: `import type { Egg } from './egg.ts';\nexport interface Chicken { readonly from: Egg }\n`,
    rules: ['R1-no-cycles'],
  },
  {
    path: 'src/domain/core/egg.ts',
    text: `import type { Chicken } from './chicken.ts';\nexport interface Egg { readonly of: Chicken }\n`,
    // A cycle is reported at the first of its files.
    rules: [],
  },
  {
    path: 'src/shared/text.ts',
    text: `import { ZERO } from '../domain/core/fact.ts';\nexport const text = ZERO;\n`,
    rules: ['R2-every-file-in-a-room'],
  },
  {
    path: 'src/api/schema/pulls/review.ts',
    text: `import { team } from '../teams/team.ts';\nexport const review = team;\n`,
    rules: ['R3-entities-apart'],
  },
  {
    path: 'src/metrics/clock.ts',
    text: `import { performance } from 'node:perf_hooks';\nexport const clock = performance;\n`,
    rules: ['R4-no-node-built-ins'],
  },
  {
    path: 'src/activities/core/prisma.ts',
    text: `import { client } from '../../db/generated/prisma/client.ts';\nexport const prisma = client;\n`,
    rules: ['R6-generated-client'],
  },
  {
    path: 'src/runtime/core/testing.ts',
    text: `import { TestWorkflowEnvironment } from '@temporalio/testing';\nexport const testing = TestWorkflowEnvironment;\n`,
    rules: ['R6-no-development-packages'],
  },
  {
    path: 'src/runtime/embedded/early.mjs',
    text: `import { worker } from '../core/worker.ts';\nexport const early = worker;\n`,
    rules: ['R6-before-install', 'R9-folders-downwards-runtime-1'],
  },
  {
    path: 'src/domain/core/lost.ts',
    text: `import { nothing } from '../nowhere.ts';\nexport const lost = nothing;\n`,
    rules: ['R6-resolvable'],
  },
  {
    path: 'src/db/core/index.ts',
    text: `export { copy } from './copy.ts';\n`,
    rules: ['R7-index-files-import'],
  },
  {
    path: 'src/db/core/by-index.ts',
    text: `import { copy } from './index.ts';\nexport const byIndex = copy;\n`,
    rules: ['R7-index-files'],
  },
  {
    path: 'src/runtime/core/face.ts',
    text: `import { main } from '../../cli/main.ts';\nexport const face = main;\n`,
    rules: ['R2-rooms-downwards-runtime', 'R8-nothing-imports-cli'],
  },
  {
    path: 'src/api/core/composes.ts',
    text: `import { server } from '../../runtime/embedded/server.ts';\nexport const composes = server;\n`,
    rules: ['R2-rooms-downwards-api', 'R8-only-cli-imports-runtime'],
  },
  {
    path: 'src/cli/core/seed.ts',
    text: `export const seed = async () => import('../../demo/core/fake.ts');\n`,
    rules: ['R8-one-door-to-the-demo'],
  },
  {
    path: 'src/cli/core/load-demo.ts',
    text: `import { fake } from '../../demo/core/fake.ts';\nexport const loadDemo = () => fake;\n`,
    rules: ['R8-demo-on-demand'],
  },
  { path: 'test/support/fact.ts', text: `export const fact = 1;\n`, rules: [] },
  {
    path: 'src/domain/core/tested.ts',
    text: `import { fact } from '../../../test/support/fact.ts';\nexport const tested = fact;\n`,
    rules: ['R8-no-tests-in-sources'],
  },
];

/** Circles outside src, which no other rule looks at. */
export const PLANTED_OUTSIDE: readonly PlantedFile[] = ['bench', 'chaos'].flatMap((folder) => [
  {
    path: `${folder}/chicken.ts`,
    text: `import type { Egg } from './egg.ts';\nexport interface Chicken { readonly from: Egg }\n`,
    rules: ['R1-no-cycles'],
  },
  {
    path: `${folder}/egg.ts`,
    text: `import type { Chicken } from './chicken.ts';\nexport interface Egg { readonly of: Chicken }\n`,
    rules: [],
  },
]);

/** The handler with a value of the file whose type it may know. */
export const PLANTED_FOR_THE_EDGE: readonly PlantedFile[] = [
  {
    path: 'src/api/handler.ts',
    text: `import { columns } from '../db/core/columns.ts';\nexport const handle = columns;\n`,
    rules: ['R4-handler-reaches-no-built-in'],
  },
  {
    path: 'src/db/core/columns.ts',
    text: `import { copy } from './copy.ts';\nexport const columns = copy;\n`,
    rules: [],
  },
];
