// Loaded into the program before all else. When the bootstrap is gone (kill -9), its channel closes; then the program
// is asked to shut down as by a signal. Its own children and threads load this too, and are left alone.
import { isMainThread } from 'node:worker_threads';

const parent = Number(new URL(import.meta.url).searchParams.get('parent'));

if (isMainThread && process.ppid === parent && process.channel !== undefined) {
  process.once('disconnect', () => {
    process.kill(process.pid, 'SIGTERM');
  });
  process.channel.unref();
}
