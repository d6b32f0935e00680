import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processIdentity } from '../../../../src/runtime/embedded/process-identity.mjs';
import { superviseProgram, writeDriver } from '../support/bootstrap-project.ts';
import { createDirectory } from '../support/data-directory.ts';
import { runNode, type Script, waitFor, waitForEnd } from '../support/script.ts';

/** Signals closer together than a person's can be one Ctrl-C; this far apart they are several. */
const AGAIN_MS = 300;

/** Says what it receives, and ends with code 7 some time after the first signal; `stubborn` never does. */
const LISTENING = `
  const say = (text) => process.stdout.write(text + '\\n');
  let signals = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      signals += 1;
      say('received ' + signal);
      if (!process.argv.includes('stubborn')) {
        setTimeout(() => { say('signals ' + signals); process.exit(7); }, 300);
      }
    });
  }
  setInterval(() => undefined, 1000);
  say('pid ' + process.pid);
`;

/** Leaves a process of its own group behind: a stand-in for a server. */
const WITH_SERVER = `
  import { spawn } from 'node:child_process';
  import { writeFileSync } from 'node:fs';
  const server = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
  process.stdout.write('server ' + server.pid + '\\n');
`;

async function pidOf(script: Script, prefix = 'pid '): Promise<number> {
  return Number(await script.line(prefix));
}

describe('the program that npm start runs', () => {
  it('has its arguments, and its exit code is ours', async () => {
    const script = await superviseProgram(
      await createDirectory(),
      'process.stdout.write(`args ${process.argv.slice(2).join()}\\n`); process.exitCode = 5;',
      ['--days', '3'],
    );
    expect(await script.exited).toBe(5);
    expect(await script.line('args ')).toBe('--days,3');
  });

  it('that a signal ended gives 128 and the number of the signal', async () => {
    const script = await superviseProgram(
      await createDirectory(),
      "process.kill(process.pid, 'SIGKILL');",
    );
    expect(await script.exited).toBe(137);
  });

  it('gets one signal for a Ctrl-C that npm passes on as well, and shuts down in order', async () => {
    const script = await superviseProgram(await createDirectory(), LISTENING);
    const pid = await pidOf(script);
    script.child.kill('SIGINT');
    script.child.kill('SIGINT');
    await script.line('received ');
    script.child.kill('SIGINT');
    expect(await script.exited).toBe(7);
    expect(await script.line('signals ')).toBe('1');
    expect(await script.line('received ')).toBe('SIGINT');
    await waitForEnd(pid);
  });

  it.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGHUP', 'SIGTERM'],
  ] as const)('gets for %s the signal %s', async (sent, received) => {
    const script = await superviseProgram(await createDirectory(), LISTENING);
    await script.line('pid ');
    script.child.kill(sent);
    expect(await script.exited).toBe(7);
    expect(await script.line('received ')).toBe(received);
  });

  it('is in a process group of its own, which a terminal does not signal', async () => {
    const script = await superviseProgram(await createDirectory(), LISTENING);
    const pid = await pidOf(script);
    expect(() => process.kill(-pid, 0)).not.toThrow();
    script.child.kill('SIGTERM');
    expect(await script.exited).toBe(7);
  });

  it('is killed with all that it started when a second Ctrl-C comes, which is said', async () => {
    const script = await superviseProgram(await createDirectory(), WITH_SERVER + LISTENING, [
      'stubborn',
    ]);
    const [server, pid] = [await pidOf(script, 'server '), await pidOf(script)];
    script.child.kill('SIGINT');
    await script.line('received SIGINT');
    let sentAt = performance.now();
    await waitFor('the second Ctrl-C to be heard', () => {
      if (performance.now() - sentAt > AGAIN_MS) {
        sentAt = performance.now();
        script.child.kill('SIGINT');
      }
      return script.output().includes('Interrupted again: ending at once.');
    });
    expect(await script.exited).toBe(137);
    await Promise.all([waitForEnd(pid), waitForEnd(server)]);
  });

  it('takes what it left running with it when it crashes', async () => {
    const script = await superviseProgram(
      await createDirectory(),
      `${WITH_SERVER} process.kill(process.pid, 'SIGKILL');`,
    );
    const server = await pidOf(script, 'server ');
    expect(await script.exited).toBe(137);
    expect(await processIdentity(server)).toBeUndefined();
  });

  it('shuts down in order when the bootstrap is killed with kill -9', async () => {
    const script = await superviseProgram(await createDirectory(), LISTENING);
    const pid = await pidOf(script);
    script.child.kill('SIGKILL');
    expect(await script.line('received ')).toBe('SIGTERM');
    await waitForEnd(pid);
  });

  it('shuts down in order when npm is killed with kill -9', async () => {
    const { driver } = await writeDriver(await createDirectory(), LISTENING);
    const npm = runNode(
      [
        '-e',
        `require('child_process').spawn(process.execPath, ['${driver}'], { stdio: 'inherit' })`,
      ],
      { npm_lifecycle_event: 'start' },
    );
    const pid = await pidOf(npm);
    npm.child.kill('SIGKILL');
    expect(await npm.line('received ')).toBe('SIGTERM');
    await waitForEnd(pid);
  });

  it('ends by itself when its work is done, though it is watched', async () => {
    const directory = await createDirectory();
    const script = await superviseProgram(
      directory,
      `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(join(directory, 'done'))}, 'yes');`,
    );
    expect(await script.exited).toBe(0);
    expect(await readFile(join(directory, 'done'), 'utf8')).toBe('yes');
  });
});
