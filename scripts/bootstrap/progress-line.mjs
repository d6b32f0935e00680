const TICK_MS = 1000;
const LINE_EVERY_TICKS = 15;

/**
 * Shows on standard error that a step goes on and for how long: one line that is rewritten on a terminal, a new line
 * now and then elsewhere. `done` says how long it took, `clear` takes the rewritten line away; both end it.
 */
export function showProgress(title) {
  const stream = process.stderr;
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1000);
  let ticks = 0;
  const show = () => {
    if (stream.isTTY) {
      stream.write(`\r\u001B[K${title} … ${seconds()} s`);
    } else if (ticks % LINE_EVERY_TICKS === 0) {
      stream.write(`${title} … ${seconds()} s\n`);
    }
    ticks += 1;
  };
  show();
  const timer = setInterval(show, TICK_MS);
  let over = false;
  const clear = () => {
    if (!over) {
      over = true;
      clearInterval(timer);
      stream.write(stream.isTTY ? '\r\u001B[K' : '');
    }
  };
  return {
    clear,
    done() {
      clear();
      stream.write(`${title}: done in ${seconds()} s\n`);
    },
  };
}
