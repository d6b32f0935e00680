import { createWriteStream } from 'node:fs';
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '../../domain/core/errors.ts';
import { formatCount } from '../../domain/core/quantities.ts';
import type { AiUsageFile } from '../../runtime/usage/import-ai-usage.ts';
import { MAX_COPY_BYTES } from './import-help.ts';
import { decode, readTextForm } from './ai-usage-file/decode.ts';
import { readFileFormat } from './ai-usage-file/file-format.ts';
import { readCsvRows } from './ai-usage-file/csv.ts';
import { collectDecimalMarks, type ReadDecimalMarks } from './ai-usage-file/decimal-marks.ts';
import { readLines } from './ai-usage-file/lines.ts';
import { readNdjsonRows } from './ai-usage-file/ndjson.ts';

/** Bytes that are read at once. */
const CHUNK_BYTES = 64 * 1024;

/** Bytes that tell what a file is. */
const HEAD_BYTES = 4096;

/** Why a file cannot be opened, by the system's code. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'you may not read it',
};

export interface OpenAiUsageFile extends AiUsageFile {
  close(): Promise<void>;
}

/**
 * Opens a file of AI usage that is read from its beginning as often as it is asked for. What can be read only once (`-`
 * for standard input, a pipe) is put into a temporary file first, which is gone with the process.
 * @param maxCopyBytes of the temporary file
 * @throws DomainError INVALID_INPUT when there is no such file, or it is a folder, empty, or of another kind;
 * LIMIT_EXCEEDED when what can be read only once is larger than `maxCopyBytes`
 */
export async function openAiUsageFile(
  path: string,
  standardInput: NodeJS.ReadableStream,
  maxCopyBytes = MAX_COPY_BYTES,
): Promise<OpenAiUsageFile> {
  const name = path === '-' ? 'standard input' : path;
  const copy = (stream: NodeJS.ReadableStream): Promise<FileHandle> =>
    spool(stream, name, maxCopyBytes);
  const handle = path === '-' ? await copy(standardInput) : await openFile(path, copy);
  try {
    const { size, mtimeMs } = await handle.stat();
    if (size === 0) {
      throw new DomainError('INVALID_INPUT', `${name} is empty: there is nothing to import.`);
    }
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const bytes = buffer.subarray(0, bytesRead);
    const form = readTextForm(bytes);
    const format = readFileFormat(name, extname(path).toLowerCase(), bytes, form.head);
    const readRows = format === 'CSV' ? readCsvRows : readNdjsonRows;
    const chunks = (): AsyncIterable<Buffer> =>
      handle.createReadStream({ start: 0, autoClose: false, highWaterMark: CHUNK_BYTES });
    const rows = (readMarks: ReadDecimalMarks | null) =>
      readRows(readLines(decode(chunks(), form)), readMarks);
    let marks: ReturnType<ReadDecimalMarks> | undefined;
    // Found out once, and only where a number leaves it open.
    const readMarks: ReadDecimalMarks = () => (marks ??= collectDecimalMarks(rows(null)));
    return {
      name,
      lines: () => rows(readMarks),
      hasChanged: async () => {
        const now = await handle.stat();
        return now.size !== size || now.mtimeMs !== mtimeMs;
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** @param copy makes a file of what can be read only once */
async function openFile(
  path: string,
  copy: (stream: NodeJS.ReadableStream) => Promise<FileHandle>,
): Promise<FileHandle> {
  const handle = await openOrSay(path);
  const kind = await handle.stat();
  if (kind.isFile()) {
    return handle;
  }
  try {
    if (kind.isDirectory()) {
      throw new DomainError('INVALID_INPUT', `${path} is a folder: name a file.`);
    }
    return await copy(handle.createReadStream({ autoClose: false }));
  } finally {
    await handle.close();
  }
}

async function openOrSay(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const reason = REASONS[code] ?? (error instanceof Error ? error.message : String(error));
    throw new DomainError('INVALID_INPUT', `${path} cannot be opened: ${reason}.`, {
      cause: error,
    });
  }
}

/** Copies a stream into a file that only we can read, and that has no name any more. */
async function spool(
  stream: NodeJS.ReadableStream,
  name: string,
  maxBytes: number,
): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'throughline-import-'));
  async function* bounded(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer | string> {
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += Buffer.byteLength(chunk);
      if (bytes > maxBytes) {
        throw new DomainError(
          'LIMIT_EXCEEDED',
          `${name} is larger than ${formatCount(maxBytes)} bytes, which is too much to copy: save it as a file, and import the file.`,
        );
      }
      yield chunk;
    }
  }
  try {
    const copy = join(folder, 'rows');
    await pipeline(stream, bounded, createWriteStream(copy, { mode: 0o600 }));
    return await open(copy, 'r');
  } finally {
    await rm(folder, { recursive: true });
  }
}
