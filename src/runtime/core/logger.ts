import { pino, type Logger } from 'pino';
import { DomainError } from '../../domain/core/errors.ts';
import type { Config, LogLevel } from '../settings/config.ts';

/** Names of fields that never reach a log, wherever they stand. */
const SECRET_FIELDS = ['token', 'secret', 'password', 'authorization', 'apiKey'];

function redaction() {
  return {
    paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]),
    censor: '[secret]',
  };
}

/** A JSON logger on standard error, so that standard output stays for what a command prints. */
export function createLogger(level: LogLevel): Logger {
  return pino({ level, redact: redaction() }, pino.destination({ dest: 2, sync: true }));
}

/** Where sentences for the person who watches a command are shown. */
export interface SentenceOutput {
  note(sentence: string): void;
  warn(sentence: string): void;
}

/**
 * A logger for the person who watches a command: each entry is a sentence with its fields in brackets, and what was
 * thrown behind it. A defect is shown with its stack.
 */
export function createSentenceLogger(level: LogLevel, output: SentenceOutput): Logger {
  return pino(
    { level, redact: redaction(), base: null, timestamp: false },
    {
      write(line: string) {
        const entry = JSON.parse(line) as LogEntry;
        const isWarning = entry.level >= WARN_LEVEL;
        (isWarning ? output.warn : output.note)(toSentence(entry));
      },
    },
  );
}

type LogSettings = Pick<Config, 'logLevel' | 'logFormat' | 'production'>;

/**
 * Where LOG_FORMAT is unset, production logs JSON for machines, and so does what nobody watches.
 * @param watched whether a person reads the log: in a terminal, or as part of what a command prints
 */
export function logFormatOf(
  { logFormat, production }: Pick<LogSettings, 'logFormat' | 'production'>,
  watched: boolean,
): NonNullable<LogSettings['logFormat']> {
  return logFormat ?? (watched && !production ? 'text' : 'json');
}

/** The logger that the settings ask for. */
export function createConfiguredLogger(
  settings: LogSettings,
  watched: boolean,
  output: SentenceOutput,
): Logger {
  return logFormatOf(settings, watched) === 'json'
    ? createLogger(settings.logLevel)
    : createSentenceLogger(settings.logLevel, output);
}

/** The part of `process` that warnings come from. */
export type WarningSource = Pick<NodeJS.Process, 'on' | 'removeAllListeners'>;

/**
 * Sends Node's warnings, such as those of packages about what is deprecated, to the logger instead of past it: for the
 * life of the process.
 */
export function routeProcessWarnings(host: WarningSource, logger: Logger): void {
  // Node's own listener writes to standard error.
  host.removeAllListeners('warning');
  host.on('warning', (warning: Error & { readonly code?: string }) => {
    const { name, code, message } = warning;
    logger.warn({ warning: name, ...(code !== undefined && { code }) }, message);
  });
}

/** Of pino: whatever is no warning lies below it. */
const WARN_LEVEL = 40;

interface LogEntry {
  readonly level: number;
  readonly msg?: string;
  readonly err?: { readonly type?: string; readonly message?: string; readonly stack?: string };
  readonly [field: string]: unknown;
}

/** Failures that were foreseen: their message says all, and a stack would look like a defect. */
const EXPECTED_FAILURES: ReadonlySet<string | undefined> = new Set([
  DomainError.name,
  'ApplicationFailure',
  'ActivityFailure',
  'CancelledFailure',
]);

/** What Temporal adds to its entries for machines. */
const MACHINE_FIELDS: ReadonlySet<string> = new Set([
  'sdkComponent',
  'taskQueue',
  'namespace',
  'taskToken',
  'isLocal',
  'durationMs',
  'runId',
  'workflowRunId',
  'activityId',
]);

function toSentence({ level: _level, msg = '', err, ...fields }: LogEntry): string {
  const shown = Object.entries(fields)
    .filter(([name]) => !MACHINE_FIELDS.has(name))
    .map(([name, value]) => `${name}: ${toText(value)}`);
  const sentence = shown.length === 0 ? msg : `${msg} (${shown.join('; ')})`;
  if (err === undefined) {
    return printable(sentence);
  }
  // A failure of a workflow comes from another thread, which leaves of its class only the name before the stack.
  const [name] = /^\w+/.exec(err.stack ?? '') ?? [];
  const isExpected = EXPECTED_FAILURES.has(err.type) || EXPECTED_FAILURES.has(name);
  const stack = isExpected ? undefined : err.stack;
  const thrown = stack ?? err.message ?? 'no reason given';
  return printable(`${sentence}: ${thrown}`);
}

function toText(value: unknown): string {
  if (Array.isArray(value)) {
    return value.map(toText).join(', ');
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What comes from outside must not steer a terminal; only a stack has lines. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, (character) =>
    character === '\n' ? character : '\uFFFD',
  );
}

export type { Logger };
