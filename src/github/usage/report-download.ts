import type { Response } from 'undici';
import { GitHubFailure } from '../transport/failures.ts';
import type { GitHubTransport } from '../transport/transport.ts';

/** Why a report could not be read to its end; asked for again, with fresh links, it may be. */
export type ReportProblem =
  | 'LINK_EXPIRED'
  | 'CONNECTION_CUT'
  /** Ends within a row. */
  | 'TRUNCATED'
  | 'TOO_LARGE'
  /** Of another day than was asked for. */
  | 'WRONG_DAY';

/** A report of which nothing may be stored. The message is one sentence for an admin and holds no link. */
export class BrokenReport extends Error {
  readonly problem: ReportProblem;

  constructor(problem: ReportProblem, message: string) {
    super(message);
    this.name = 'BrokenReport';
    this.problem = problem;
  }
}

/** An organisation of 50,000 people has reports of about 100 MB. */
const MAX_FILE_BYTES = 512_000_000;

/** Links live for minutes; a file that takes longer is asked for again. */
const DOWNLOAD_TIMEOUT_MS = 90_000;

/** What a store of files answers once a signature has run out. */
const EXPIRED: ReadonlySet<number> = new Set([401, 403, 404, 410]);

/**
 * Streams a file from a signed link. The link is a credential: it is sent to its own host only, without a token, and is
 * in no message.
 * @throws BrokenReport; GitHubFailure TRANSIENT when the host does not answer, UNEXPECTED for a link that leads astray
 */
export async function* downloadFile(
  link: string,
  transport: GitHubTransport,
): AsyncGenerator<Uint8Array, void, undefined> {
  const signal = AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS);
  const response = await ask(link, transport, signal);
  if (EXPIRED.has(response.status)) {
    await response.body?.cancel();
    throw new BrokenReport(
      'LINK_EXPIRED',
      `The link to the report was refused (${response.status}).`,
    );
  }
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    const kind = response.status >= 500 || response.status === 429 ? 'TRANSIENT' : 'UNEXPECTED';
    throw new GitHubFailure(
      kind,
      `The host of the report's file answers ${response.status}; the sync tries again later.`,
    );
  }
  let bytes = 0;
  try {
    // Leaving the loop early, by a throw too, ends the download.
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > MAX_FILE_BYTES) {
        throw new BrokenReport(
          'TOO_LARGE',
          `A file of the report has over ${MAX_FILE_BYTES} bytes.`,
        );
      }
      yield chunk;
    }
  } catch (error) {
    if (error instanceof BrokenReport) {
      throw error;
    }
    throw new BrokenReport('CONNECTION_CUT', 'The download of the report broke off on its way.');
  }
}

async function ask(
  link: string,
  { download }: GitHubTransport,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await download(link, signal);
  } catch (error) {
    throw error instanceof GitHubFailure && error.kind === 'TRANSIENT'
      ? new GitHubFailure(
          'TRANSIENT',
          "The host of the report's file does not answer; the sync tries again later.",
        )
      : new GitHubFailure(
          'UNEXPECTED',
          'GitHub named a link for the report that is not https to a public host: check that GITHUB_API_URL is GitHub.',
        );
  }
}
