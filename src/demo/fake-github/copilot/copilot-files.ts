import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { closeServer, listenOnLoopback } from '../listen.ts';
import type { ViolationLog } from '../rules/violation-log.ts';

/** What goes wrong with the next download. */
export type DownloadFault =
  /** The link is refused as if its time were over. */
  | 'expired'
  /** The connection breaks in the middle of the file. */
  | 'cut'
  /** The file ends in the middle of its last line, and nothing says so. */
  | 'truncated'
  /** Other bytes than the file's. */
  | { readonly body: string | Uint8Array };

/** A host of report files of its own, as GitHub has one: links carry a signature and run out. */
export interface CopilotFiles {
  /** A link to these lines, good for so many seconds. */
  sign(lines: readonly string[], seconds: number): string;
  failNext(fault: DownloadFault, times: number): void;
  readonly downloads: () => number;
  close(): Promise<void>;
}

interface StoredFile {
  readonly lines: readonly string[];
  readonly expiresAtMs: number;
  refusals: number;
}

/** As many files as a year of reports has, several times over. */
const MAX_FILES = 5_000;

/** Starts the host of report files on a free port. */
export async function startCopilotFiles(
  now: () => Date,
  rules: ViolationLog,
): Promise<CopilotFiles> {
  const files = new Map<string, StoredFile>();
  const faults: DownloadFault[] = [];
  const secret = randomUUID();
  let downloads = 0;

  function find(request: IncomingMessage, path: string): StoredFile | null {
    downloads += 1;
    if (request.headers.authorization !== undefined) {
      rules.recordViolation(
        'A token was sent to the host of report files: its links carry a signature.',
      );
    }
    const file = files.get(path);
    if (file === undefined) {
      rules.recordViolation('A report file was asked for by a link that was never given.');
      return null;
    }
    if (now().getTime() < file.expiresAtMs) {
      return file;
    }
    file.refusals += 1;
    if (file.refusals > 1) {
      rules.recordViolation('A link that had run out was used again.');
    }
    return null;
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const file = find(request, request.url ?? '');
    const fault = faults.shift();
    if (file === null || fault === 'expired') {
      response.writeHead(403, { 'content-type': 'application/xml' });
      response.end('<Error><Code>AuthenticationFailed</Code></Error>');
      return;
    }
    send(request, response, file, fault);
  }

  const server = createServer(answer);
  const url = await listenOnLoopback(server, 0);
  return {
    sign(lines, seconds) {
      const name = `/reports/${randomUUID()}.ndjson`;
      const expiresAtMs = now().getTime() + seconds * 1000;
      const signature = createHash('sha256')
        .update(`${secret} ${name} ${expiresAtMs}`)
        .digest('base64url');
      const path = `${name}?se=${expiresAtMs}&sig=${signature}`;
      files.set(path, { lines, expiresAtMs, refusals: 0 });
      const [oldest] = files.keys();
      if (files.size > MAX_FILES && oldest !== undefined) {
        files.delete(oldest);
      }
      return `${url}${path}`;
    },
    failNext: (fault, times) => {
      faults.push(...Array.from({ length: times }, () => fault));
    },
    downloads: () => downloads,
    close: () => closeServer(server),
  };
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  file: StoredFile,
  fault: Exclude<DownloadFault, 'expired'> | undefined,
): void {
  const text = file.lines.map((line) => `${line}\n`).join('');
  const whole = typeof fault === 'object' ? Buffer.from(fault.body) : Buffer.from(text, 'utf8');
  const body = fault === 'truncated' ? whole.subarray(0, -20) : whole;
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': String(body.length),
  });
  if (fault === 'cut') {
    response.write(body.subarray(0, body.length / 2), () => request.socket.destroy());
    return;
  }
  response.end(body);
}
