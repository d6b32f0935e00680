import { pino, type Logger } from 'pino';
import type { LogLevel } from '../settings/config.ts';

/** Names of fields that never reach a log, wherever they stand. */
const SECRET_FIELDS = ['token', 'secret', 'password', 'authorization', 'apiKey'];

/** A JSON logger on standard error, so that standard output stays for what a command prints. */
export function createLogger(level: LogLevel): Logger {
  return pino(
    {
      level,
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]),
        censor: '[secret]',
      },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

export type { Logger };
