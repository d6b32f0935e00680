#!/usr/bin/env node
// The command line tool: the same checks as `npm start`, then the given command.
import { requireNode } from './bootstrap/node-version.mjs';

requireNode();
import('./bootstrap/main.mjs').then(
  (bootstrap) => bootstrap.main(['run'].concat(process.argv.slice(2))),
  (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
