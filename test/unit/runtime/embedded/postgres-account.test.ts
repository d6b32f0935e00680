import { describe, expect, it } from 'vitest';
import {
  findOrCreateUser,
  type RunProgram,
} from '../../../../src/runtime/embedded/postgres-account.ts';

/** A machine on which user postgres exists, or comes to exist by one of the tools. */
function createMachine(options: { exists?: boolean; works?: (command: string) => boolean }): {
  run: RunProgram;
  commands: string[];
} {
  let exists = options.exists ?? false;
  const commands: string[] = [];
  return {
    commands,
    run: (program, args) => {
      const command = [program, ...args].join(' ');
      if (program === 'id') {
        const output = exists ? (args[0] === '-u' ? '70' : '71') : 'no such user';
        return Promise.resolve({ exitCode: exists ? 0 : 1, output });
      }
      commands.push(command);
      exists = options.works?.(command) ?? false;
      return Promise.resolve({ exitCode: exists ? 0 : 1, output: exists ? '' : 'not allowed' });
    },
  };
}

describe('the account as which PostgreSQL runs when we are root', () => {
  it('is used when it exists', async () => {
    const { run, commands } = createMachine({ exists: true });
    expect(await findOrCreateUser('postgres', run)).toStrictEqual({ uid: 70, gid: 71 });
    expect(commands).toStrictEqual([]);
  });

  it('is made with its group', async () => {
    const { run, commands } = createMachine({ works: (command) => command.includes('user-group') });
    expect(await findOrCreateUser('postgres', run)).toStrictEqual({ uid: 70, gid: 71 });
    expect(commands).toStrictEqual([
      'useradd --system --user-group --no-create-home --shell /bin/false postgres',
    ]);
  });

  it('is made in a group that exists already, or with the tool of busybox', async () => {
    const grouped = createMachine({ works: (command) => command.includes('--gid postgres') });
    expect(await findOrCreateUser('postgres', grouped.run)).toStrictEqual({ uid: 70, gid: 71 });
    const busybox = createMachine({ works: (command) => command.startsWith('adduser -S') });
    expect(await findOrCreateUser('postgres', busybox.run)).toStrictEqual({ uid: 70, gid: 71 });
    expect(busybox.commands).toHaveLength(3);
  });

  it('is asked for in a clear sentence when it cannot be made', async () => {
    const { run } = createMachine({});
    await expect(findOrCreateUser('postgres', run)).rejects.toThrow(
      /user postgres could not be made \(useradd: not allowed\); make it \(useradd --system postgres\), run as an ordinary user, or set DATABASE_URL/,
    );
  });
});
