// What `npm start` and `npm test` run: installs and generates what is missing, then runs the program under watch.
// Only Node's own modules, because nothing may be installed yet.
import { requireNode } from './bootstrap/node-version.mjs';

requireNode();
import('./bootstrap/main.mjs').then(
  (bootstrap) => bootstrap.main(process.argv.slice(2)),
  (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
