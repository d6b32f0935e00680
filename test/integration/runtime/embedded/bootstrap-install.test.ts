import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPretendProject, type PretendProject } from '../support/bootstrap-project.ts';
import { createDirectory } from '../support/data-directory.ts';
import { PROJECT_DIRECTORY, runProgram, waitFor, waitForEnd } from '../support/script.ts';

async function createProject(): Promise<PretendProject> {
  const project = await createPretendProject(join(await createDirectory(), 'project'));
  await project.writeLock('1.0.0');
  await project.writeNpm('finish();');
  return project;
}

async function npmRuns(project: PretendProject): Promise<string[]> {
  const text = await readFile(join(project.root, 'npm-runs'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

describe('the install step of npm start', () => {
  it('installs the locked dependencies once, and again when the lock file changes', async () => {
    const project = await createProject();
    expect(await project.install().exited).toBe(0);
    expect(await project.install().exited).toBe(0);
    expect(await npmRuns(project)).toStrictEqual([
      'ci --include=dev --no-audit --no-fund --loglevel=error',
    ]);
    await project.writeLock('1.0.1');
    expect(await project.install().exited).toBe(0);
    expect(await npmRuns(project)).toHaveLength(2);
    await rm(join(project.root, 'node_modules'), { recursive: true });
    expect(await project.install().exited).toBe(0);
    expect(await npmRuns(project)).toHaveLength(3);
  });

  it('leaves alone what somebody installed by hand, when it is what the lock file says', async () => {
    const project = await createProject();
    const npm = join(project.root, 'npm-cli.js');
    const script = `process.chdir(${JSON.stringify(project.root)}); import(${JSON.stringify(npm)})`;
    const byHand = runProgram(process.execPath, ['-e', script, 'npm', 'install']);
    expect(await byHand.exited).toBe(0);
    expect(await project.install().exited).toBe(0);
    expect(await npmRuns(project)).toStrictEqual(['install']);
    await project.writeLock('2.0.0');
    expect(await project.install().exited).toBe(0);
    expect(await npmRuns(project)).toHaveLength(2);
  });

  it('shows the log when npm fails, and tries again the next time', async () => {
    const project = await createProject();
    await project.writeNpm("process.stderr.write('npm error no network\\n'); process.exit(3);");
    const failing = project.install();
    expect(await failing.exited).toBe(1);
    expect(failing.output()).toContain('npm error no network');
    expect(failing.output()).toContain(
      `installing dependencies failed (3); the whole log is in ${join(project.root, '.throughline', 'install.log')}.`,
    );
    await project.writeNpm('finish();');
    expect(await project.install().exited).toBe(0);
  });

  it('runs npm once for two starts at the same time', async () => {
    const project = await createProject();
    await project.writeNpm('setTimeout(finish, 500);');
    const starts = [project.install(), project.install()];
    expect(await Promise.all(starts.map((start) => start.exited))).toStrictEqual([0, 0]);
    expect(await npmRuns(project)).toHaveLength(1);
    expect(starts.filter((start) => start.output().includes('which is installing'))).toHaveLength(
      1,
    );
  });

  it('ends the npm that a kill -9 left running before it installs again', async () => {
    const project = await createProject();
    await project.writeNpm(
      "fs.writeFileSync('npm-pid', String(process.pid)); setInterval(() => undefined, 1000);",
    );
    const killed = project.install();
    const orphan = await waitFor('npm to begin', async () => {
      const text = await readFile(join(project.root, 'npm-pid'), 'utf8').catch(() => '');
      const path = join(project.root, '.throughline', 'install.lock');
      const lock = await readFile(path, 'utf8').catch(() => '');
      return text !== '' && lock.includes(`"pid":${text},`) && Number(text);
    });
    killed.child.kill('SIGKILL');
    await killed.exited;
    await project.writeNpm('finish();');
    expect(await project.install().exited).toBe(0);
    await waitForEnd(orphan);
    expect(await npmRuns(project)).toHaveLength(2);
  });

  it('stops on Ctrl-C and takes npm with it', async () => {
    const project = await createProject();
    await project.writeNpm(
      "fs.writeFileSync('npm-pid', String(process.pid)); setInterval(() => undefined, 1000);",
    );
    const start = project.install();
    const npm = await waitFor('npm to begin', async () => {
      const text = await readFile(join(project.root, 'npm-pid'), 'utf8').catch(() => '');
      return text !== '' && Number(text);
    });
    start.child.kill('SIGINT');
    expect(await start.exited).toBe(130);
    await waitForEnd(npm);
  });

  it('says in one sentence that Node is too old', async () => {
    const pretendOld =
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.1' } });";
    const script = runProgram(process.execPath, [
      '--import',
      `data:text/javascript,${encodeURIComponent(pretendOld)}`,
      join(PROJECT_DIRECTORY, 'scripts', 'bootstrap.mjs'),
      'install',
    ]);
    expect(await script.exited).toBe(1);
    expect(script.output()).toBe(
      'Throughline needs Node 20.12 or newer, and this is Node 20.11.1; install a newer one from https://nodejs.org.\n',
    );
  });
});
