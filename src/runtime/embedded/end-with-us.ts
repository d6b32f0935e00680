import { spawn } from 'node:child_process';
import { PLAIN_ENVIRONMENT } from './run-command.ts';

export interface Dependent {
  readonly pid: number;
  /** What asks it to end. */
  readonly signal: 'INT' | 'TERM';
  /** Its first line is the process number for as long as that is this server's. */
  readonly pidFile: string;
}

/** Waits for the end of its input, which comes when we are gone, and only then acts. */
const GUARD = `read -r _; [ "$(head -n 1 "$3")" = "$2" ] && kill -"$1" "$2"`;

/**
 * Sees to it that a server of ours is asked to end when this process ends without having done so itself: killed, or out
 * of memory. A process in a session of its own does that, which a signal to our group does not reach.
 * @returns ends that watch; to be called once the server has ended
 */
export function endWithUs({ pid, signal, pidFile }: Dependent): () => void {
  const guard = spawn('/bin/sh', ['-c', GUARD, 'sh', signal, String(pid), pidFile], {
    cwd: '/',
    env: PLAIN_ENVIRONMENT,
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Without it the next start still cleans up.
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  (guard.stdin as unknown as { unref?: () => void }).unref?.();
  return () => void guard.kill('SIGKILL');
}
