/**
 * R4, second half: what the API handler reaches when it runs. Type imports do not count here, because they are gone by
 * then; src/db has files for Node only (migrations, COPY, the pool), and the handler must not reach one of them.
 */
const rooms = require('./.dependency-cruiser.cjs');

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'R4-handler-reaches-no-built-in',
      comment:
        'The handler runs on hosts without Node: no path of imports from it ends in a Node built-in.',
      severity: 'error',
      from: {
        path: '^src/(api/handler|runtime/(http/(deno|bun|workerd)|temporal/http-launcher))\\.ts$',
      },
      to: {
        reachable: true,
        path: '^(node:)?(' + require('node:module').builtinModules.join('|') + ')$',
      },
    },
  ],
  options: { ...rooms.options, tsPreCompilationDeps: false },
};
