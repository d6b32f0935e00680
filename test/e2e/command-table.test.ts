import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Argument, Command, Option } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { program } from '../../src/cli/main.ts';
import { WORLD_ENCRYPTION_KEY } from '../support/worlds/connected-team.ts';
import { runCommand, type CommandResult } from '../support/processes/command.ts';

/** A command of the table: its words, and what it must be given beside them. */
interface Leaf {
  readonly words: readonly string[];
  readonly needs: readonly string[];
}

/** Makes a PostgreSQL of its own in a temporary directory, and asks no other. */
const ASKS_NO_DATABASE = 'db new';

/** Makes the database where there is none. */
const MAKES = ['start', 'migrate', ASKS_NO_DATABASE];

let directory: string;
let usage: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'throughline-table-'));
  usage = join(directory, 'usage.csv');
  await writeFile(usage, 'login,date\nada,2026-11-20\n');
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

function leavesOf(command: Command, words: readonly string[] = []): Leaf[] {
  if (command.commands.length > 0) {
    return command.commands.flatMap((child) => leavesOf(child, [...words, child.name()]));
  }
  const args = command.registeredArguments.filter((one) => one.required).map(fill);
  const options = command.options
    .filter((option) => option.mandatory)
    .flatMap((option) => [option.long ?? '', fill(option)]);
  return [{ words, needs: [...args, ...options] }];
}

function fill(one: Argument | Option): string {
  return one.argChoices?.[0] ?? (one.name() === 'file' ? '<usage>' : 'a_name');
}

const LEAVES = leavesOf(program);

async function run(
  leaf: Leaf,
  settings: Readonly<Record<string, string>>,
  more: readonly string[] = [],
): Promise<CommandResult> {
  const args = [...leaf.words, ...leaf.needs, ...more];
  return runCommand(
    args.map((arg) => (arg === '<usage>' ? usage : arg)),
    { PORT: '0', ...settings },
  );
}

/** It failed, and said why without a stack and without much ado. */
function expectSentence({ code, stdout, stderr }: CommandResult, exitCode: number): void {
  expect({ code, stdout, stderr }).toMatchObject({ code: exitCode, stdout: '' });
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr.trim()).toMatch(/[.:)\w]$/);
}

function leavesBut(...names: readonly string[]): Leaf[] {
  return LEAVES.filter(({ words }) => !names.includes(words.join(' ')));
}

describe('every command', () => {
  test.each(leavesBut(...MAKES))(
    '$words says that there is no database, and makes none',
    async (leaf) => {
      const absent = join(directory, `absent-${leaf.words.join('-')}`);
      expectSentence(await run(leaf, { THROUGHLINE_DATA_DIRECTORY: absent }), 1);
      expect(existsSync(absent)).toBe(false);
    },
  );

  test.each(leavesBut(ASKS_NO_DATABASE))(
    '$words says that its database does not answer',
    async (leaf) => {
      const url = 'postgresql://throughline:word@127.0.0.1:1/throughline';
      const result = await run(leaf, {
        DATABASE_URL: url,
        DATABASE_DIRECT_URL: url,
        TEMPORAL_ADDRESS: '127.0.0.1:1',
        THROUGHLINE_ENCRYPTION_KEY: WORLD_ENCRYPTION_KEY,
        THROUGHLINE_DATA_DIRECTORY: join(directory, 'unused'),
        GATEWAY_URL: 'http://127.0.0.1:1/graphql',
        GATEWAY_TOKEN: 'tl_none',
      });
      expectSentence(result, 1);
      expect(result.stderr).not.toContain('word');
    },
  );

  test.each(leavesBut(ASKS_NO_DATABASE))(
    '$words says what is wrong with its data directory',
    async (leaf) => {
      for (const path of [usage, join(usage, 'below')]) {
        expectSentence(await run(leaf, { THROUGHLINE_DATA_DIRECTORY: path }), 1);
      }
    },
  );

  test.each(LEAVES)('$words names an option that it does not have', async (leaf) => {
    const absent = join(directory, 'untouched');
    const result = await run(leaf, { THROUGHLINE_DATA_DIRECTORY: absent }, ['--nonsense']);
    expectSentence(result, 2);
    expect(result.stderr).toMatch(/^error: unknown option '--nonsense'$/m);
    expect(result.stderr).toContain(`Usage: throughline ${leaf.words.join(' ')}`);
    expect(existsSync(absent)).toBe(false);
  });
});

/** Command lines that name no command. */
const UNREADABLE: readonly (readonly [what: string, args: readonly string[]])[] = [
  ['no command', []],
  ['an unknown command', ['nonsense']],
  ['the name of a repository', ['octocat/hello-world']],
  ...program.commands
    .filter(({ commands }) => commands.length > 0)
    .map((group) => group.name())
    .flatMap((group) => [
      [`no command of ${group}`, [group]] as const,
      [`an unknown command of ${group}`, [group, 'nonsense']] as const,
    ]),
];

describe('the command line', () => {
  test.each(UNREADABLE)('shows its help and ends with 2 for %s', async (_what, args) => {
    const { code, stdout, stderr } = await runCommand(args, {});
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: throughline');
    expect(stderr).toContain('Commands:');
  });

  test('tells its version', async () => {
    const { code, stdout } = await runCommand(['--version'], {});
    expect([code, stdout]).toEqual([0, '0.1.0\n']);
  });

  test('tells what stands in the way of a recording', async () => {
    for (const path of ['/none', usage, join(usage, 'below')]) {
      const result = await runCommand(['start', '--recording', path, '--exit'], {
        THROUGHLINE_DATA_DIRECTORY: join(directory, 'no-recording'),
      });
      expectSentence(result, 1);
    }
    expect(existsSync(join(directory, 'no-recording'))).toBe(false);
  });
});
