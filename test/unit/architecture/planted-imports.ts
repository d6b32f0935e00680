import type { TreeFiles } from '../../support/scratch-tree.ts';

export interface PlantedFile {
  readonly path: string;
  readonly text: string;
  /** Names of the rules that it breaks, sorted; empty for a file that only serves another. */
  readonly rules: readonly string[];
}

/** A small tree that keeps every rule, with what a careless rule would take for a violation. */
export const CLEAN_TREE: TreeFiles = {
  'src/domain/fact.ts': `export interface Fact { readonly value: number }\nexport const ZERO: Fact = { value: 0 };\n`,
  'src/metrics/sum.ts': `import { type Fact, ZERO } from '../domain/fact.ts';\nexport const sum = (fact: Fact) => fact.value + ZERO.value;\n`,
  'src/metrics/index.ts': `import { sum } from './sum.ts';\nexport const METRICS = [sum];\n`,
  'src/contracts/work.ts': `import type { Fact } from '../domain/fact.ts';\nexport interface Work { run(fact: Fact): Promise<void> }\n`,
  'src/db/generated/prisma/client.ts': `import * as path from 'node:path';\nexport const client = path.sep;\n`,
  'src/db/generated/pothos.ts': `import type { PothosPrismaDatamodel } from '@pothos/plugin-prisma';\nexport type Model = PothosPrismaDatamodel;\n`,
  'src/db/copy.ts': `import { open } from 'node:fs/promises';\nimport pg from 'pg';\nimport { client } from './generated/prisma/client.ts';\nexport interface Copy { readonly rows: number }\nexport const copy = [open, pg, client];\n`,
  'src/github/client.ts': `import { Octokit } from '@octokit/rest';\nexport const github = Octokit;\n`,
  'src/llm/answer.ts': `import { z } from 'zod';\nexport const answer = z.string();\n`,
  'src/workflows/work.ts': `import { proxyActivities } from '@temporalio/workflow';\nimport type { Work } from '../contracts/work.ts';\nexport const work = () => proxyActivities<Work>({});\n`,
  'src/workflows/index.ts': `export { work } from './work.ts';\n`,
  'src/activities/work.ts': `import { Context } from '@temporalio/activity';\nimport type { Work } from '../contracts/work.ts';\nimport { copy } from '../db/copy.ts';\nimport { github } from '../github/client.ts';\nimport { answer } from '../llm/answer.ts';\nimport { METRICS } from '../metrics/index.ts';\nexport type Made = Work;\nexport const made = [Context, copy, github, answer, METRICS];\n`,
  'src/api/builder.ts': `import type { Model } from '../db/generated/pothos.ts';\nexport const builder = (model: Model) => model;\n`,
  'src/api/schema/team.ts': `import { builder } from '../builder.ts';\nexport const team = builder;\n`,
  'src/api/schema/index.ts': `import { team } from './team.ts';\nexport const ENTITIES = [team];\n`,
  // A type of a Node-only file is gone when the handler runs.
  'src/api/handler.ts': `import { createYoga } from 'graphql-yoga';\nimport type { Copy } from '../db/copy.ts';\nimport { ENTITIES } from './schema/index.ts';\nexport const handle = (copy: Copy) => [createYoga, copy, ENTITIES];\n`,
  'src/demo/fake.ts': `import { createServer } from 'node:http';\nimport { graphql } from 'graphql';\nimport { ZERO } from '../domain/fact.ts';\nexport const fake = [createServer, graphql, ZERO];\n`,
  'src/runtime/embedded/server.ts': `import { TestWorkflowEnvironment } from '@temporalio/testing';\nexport const server = TestWorkflowEnvironment;\n`,
  'src/runtime/worker.ts': `import { Worker } from '@temporalio/worker';\nimport { made } from '../activities/work.ts';\nimport { handle } from '../api/handler.ts';\nexport const worker = [Worker, made, handle];\n`,
  'src/cli/main.ts': `import { Command } from 'commander';\nimport { worker } from '../runtime/worker.ts';\nexport const main = async () => [Command, worker, await import('../demo/fake.ts')];\n`,
};

/** One room's import of another room that it must not see. */
function upward(room: string, target: string, alsoBreaks: readonly string[] = []): PlantedFile {
  return {
    path: `src/${room}/planted-room.ts`,
    text: `import type * as other from '../${target}';\nexport type Other = typeof other;\n`,
    rules: [`R2-rooms-downwards-${room}`, ...alsoBreaks].toSorted(),
  };
}

/** One room's import of a package that belongs to another room. */
function vendor(room: string, name: string): PlantedFile {
  return {
    path: `src/${room}/planted-vendor.ts`,
    text: `import * as vendor from '${name}';\nexport const planted = vendor;\n`,
    rules: [`R6-vendors-${room}`],
  };
}

export const PLANTED: readonly PlantedFile[] = [
  upward('domain', 'metrics/sum.ts'),
  upward('metrics', 'db/copy.ts'),
  upward('contracts', 'metrics/sum.ts'),
  upward('db', 'github/client.ts'),
  upward('github', 'llm/answer.ts'),
  upward('llm', 'db/copy.ts'),
  upward('workflows', 'activities/work.ts'),
  upward('activities', 'workflows/work.ts'),
  upward('api', 'workflows/work.ts'),
  upward('demo', 'api/builder.ts'),
  upward('runtime', 'demo/fake.ts', ['R8-only-cli-imports-runtime']),
  upward('cli', 'api/builder.ts'),
  vendor('domain', 'zod'),
  vendor('metrics', 'graphql'),
  vendor('contracts', 'zod'),
  vendor('db', 'graphql'),
  vendor('github', 'graphql'),
  vendor('llm', 'pg'),
  vendor('workflows', '@temporalio/client'),
  vendor('activities', '@octokit/rest'),
  vendor('api', '@prisma/client'),
  vendor('demo', 'pg'),
  vendor('runtime', 'graphql-yoga'),
  vendor('cli', 'pg'),
  {
    path: 'src/domain/chicken.ts',
    text: `import type { Egg } from './egg.ts';\nexport interface Chicken { readonly from: Egg }\n`,
    rules: ['R1-no-cycles'],
  },
  {
    path: 'src/domain/egg.ts',
    text: `import type { Chicken } from './chicken.ts';\nexport interface Egg { readonly of: Chicken }\n`,
    // A cycle is reported at the first of its files.
    rules: [],
  },
  {
    path: 'src/shared/text.ts',
    text: `import { ZERO } from '../domain/fact.ts';\nexport const text = ZERO;\n`,
    rules: ['R2-every-file-in-a-room'],
  },
  {
    path: 'src/api/schema/review.ts',
    text: `import { team } from './team.ts';\nexport const review = team;\n`,
    rules: ['R3-entities-apart'],
  },
  {
    path: 'src/api/schema/member.ts',
    text: `import type { handle } from '../handler.ts';\nexport type Member = typeof handle;\n`,
    rules: ['R3-schema-below-handler'],
  },
  {
    path: 'src/metrics/clock.ts',
    text: `import { performance } from 'node:perf_hooks';\nexport const clock = performance;\n`,
    rules: ['R4-no-node-built-ins'],
  },
  {
    path: 'src/activities/prisma.ts',
    text: `import { client } from '../db/generated/prisma/client.ts';\nexport const prisma = client;\n`,
    rules: ['R6-generated-client'],
  },
  {
    path: 'src/runtime/testing.ts',
    text: `import { TestWorkflowEnvironment } from '@temporalio/testing';\nexport const testing = TestWorkflowEnvironment;\n`,
    rules: ['R6-no-development-packages'],
  },
  {
    path: 'src/domain/lost.ts',
    text: `import { nothing } from './nowhere.ts';\nexport const lost = nothing;\n`,
    rules: ['R6-resolvable'],
  },
  {
    path: 'src/db/index.ts',
    text: `export { copy } from './copy.ts';\n`,
    rules: ['R7-index-files-import'],
  },
  {
    path: 'src/db/by-index.ts',
    text: `import { copy } from './index.ts';\nexport const byIndex = copy;\n`,
    rules: ['R7-index-files'],
  },
  {
    path: 'src/runtime/face.ts',
    text: `import { main } from '../cli/main.ts';\nexport const face = main;\n`,
    rules: ['R2-rooms-downwards-runtime', 'R8-nothing-imports-cli'],
  },
  {
    path: 'src/api/composes.ts',
    text: `import { server } from '../runtime/embedded/server.ts';\nexport const composes = server;\n`,
    rules: ['R2-rooms-downwards-api', 'R8-only-cli-imports-runtime'],
  },
  { path: 'test/support/fact.ts', text: `export const fact = 1;\n`, rules: [] },
  {
    path: 'src/domain/tested.ts',
    text: `import { fact } from '../../test/support/fact.ts';\nexport const tested = fact;\n`,
    rules: ['R8-no-tests-in-sources'],
  },
];

/** The handler with a value of the file whose type it may know. */
export const PLANTED_FOR_THE_EDGE: readonly PlantedFile[] = [
  {
    path: 'src/api/handler.ts',
    text: `import { columns } from '../db/columns.ts';\nexport const handle = columns;\n`,
    rules: ['R4-handler-reaches-no-built-in'],
  },
  {
    path: 'src/db/columns.ts',
    text: `import { copy } from './copy.ts';\nexport const columns = copy;\n`,
    rules: [],
  },
];
