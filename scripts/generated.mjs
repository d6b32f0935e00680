// Writes what is made from the sources, or with --check says what is out of date (and then exits 1).
//   node --import tsx scripts/generated.mjs [--check] [code|env|readme|operations|schema|types]…      without a name: all of them
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { renderGraphQLTypes } from './graphql-types.mjs';

const ROOT = join(import.meta.dirname, '..');
const GENERATED_CODE = 'src/db/generated';

/** Where bootstrap notes from which schema the code was generated; not part of the code. */
const STAMP = '.stamp';

/** Each answers the files that it is about: path to text. */
const PARTS = {
  code: generateCode,
  env: renderEnv,
  readme: renderReadme,
  operations: renderOperations,
  schema: printSchema,
  // Made from the schema that was just printed.
  types: renderGraphQLTypes,
};

/** Prisma's client and Pothos' types, generated in a directory for temporary files. */
async function generateCode() {
  const directory = mkdtempSync(join(tmpdir(), 'throughline-generate-'));
  try {
    for (const name of ['prisma/schema.prisma', 'prisma.config.ts', 'package.json']) {
      cpSync(join(ROOT, name), join(directory, name));
    }
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    const prisma = join(ROOT, 'node_modules/prisma/build/index.js');
    execFileSync(process.execPath, [prisma, 'generate'], {
      cwd: directory,
      stdio: 'pipe',
      env: {
        ...process.env,
        // The engine's binary is not needed for this, and cannot be downloaded everywhere.
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
        PATH: [join(ROOT, 'node_modules/.bin'), process.env.PATH].join(delimiter),
      },
    });
    return readTree(directory, GENERATED_CODE);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function renderEnv() {
  const { renderEnvExample } = await import('../src/runtime/settings/settings-text.ts');
  return new Map([['.env.example', renderEnvExample()]]);
}

/** README.md with its settings, its metrics and the first query. */
async function renderReadme() {
  const { renderSettingsTable } = await import('../src/runtime/settings/settings-text.ts');
  const { METRICS } = await import('../src/metrics/index.ts');
  const { FIRST_QUERY } = await import('../src/api/http/first-query.ts');
  return fillIn('README.md', {
    settings: renderSettingsTable(),
    metrics: renderMetricsTable(METRICS),
    'first-query': ['```graphql\n', FIRST_QUERY, '```\n'].join(''),
  });
}

/** docs/operations.md with what processes count for Prometheus. */
async function renderOperations() {
  const { renderMetricsTable: renderProcessMetrics } =
    await import('../src/runtime/telemetry/metrics-text.ts');
  return fillIn('docs/operations.md', { 'process-metrics': renderProcessMetrics() });
}

/** A document with its parts made anew, between <!-- name:begin --> and <!-- name:end -->. */
async function fillIn(path, parts) {
  const { format } = await import('prettier');
  let text = readText(path);
  for (const [name, part] of Object.entries(parts)) {
    const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
    const [before, rest] = text.split(begin);
    const [, after] = rest?.split(end) ?? [];
    if (after === undefined) {
      fail(`${path} has no place for ${name}: it needs the lines ${begin} and ${end}.`);
    }
    text = [before, begin, '\n\n', part, '\n', end, after].join('');
  }
  const style = JSON.parse(readText('.prettierrc.json'));
  return new Map([[path, await format(text, { ...style, parser: 'markdown' })]]);
}

function renderMetricsTable(metrics) {
  const rows = metrics.map(
    ({ key, title, unit, better, description }) =>
      `| \`${key}\` | ${title} | ${toWords(unit)} | ${toWords(better)} | ${description} |`,
  );
  return [
    '| Key | Metric | Unit | Better | Meaning |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function toWords(constant) {
  return constant.toLowerCase().replaceAll('_', ' ');
}

async function printSchema() {
  const { printApiSchema } = await import('../src/api/print-schema.ts');
  return new Map([['schema.graphql', printApiSchema()]]);
}

function readTree(root, directory) {
  const entries = readdirSync(join(root, directory), { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile() && entry.name !== STAMP)
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(root.length + 1), readFileSync(path, 'utf8')]),
  );
}

function readText(path) {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch {
    return '';
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

const names = process.argv.slice(2).filter((argument) => argument !== '--check');
const check = process.argv.includes('--check');
const stale = [];
for (const name of names.length > 0 ? names : Object.keys(PARTS)) {
  if (!Object.hasOwn(PARTS, name)) {
    fail(
      `There is nothing generated by the name of ${name}: choose from ${Object.keys(PARTS).join(', ')}.`,
    );
  }
  const wanted = await PARTS[name]();
  const extra =
    name === 'code'
      ? [...readTree(ROOT, GENERATED_CODE).keys()].filter((path) => !wanted.has(path))
      : [];
  const differing = [...wanted]
    .filter(([path, text]) => readText(path) !== text)
    .map(([path]) => path);
  stale.push(...extra, ...differing);
  if (!check) {
    extra.forEach((path) => rmSync(join(ROOT, path)));
    for (const path of differing) {
      mkdirSync(dirname(join(ROOT, path)), { recursive: true });
      writeFileSync(join(ROOT, path), wanted.get(path));
    }
  }
  process.stdout.write(`${name}: ${wanted.size} file${wanted.size === 1 ? '' : 's'} compared\n`);
}
for (const path of stale) {
  process.stdout.write(check ? `${path} is out of date\n` : `${path} is written\n`);
}
if (check && stale.length > 0) {
  fail(`Make what is out of date anew with: npm run generate`);
}
