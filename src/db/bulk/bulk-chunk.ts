import { Buffer } from 'node:buffer';
import { keyComparator } from './bulk-rows.ts';
import { createExtent } from './bulk-extent.ts';
import { MAX_UNNEST_ROWS } from './bulk-upsert.ts';
import { COPY_BUFFER_BYTES, createCopyEncoder } from './copy-rows.ts';
import type { TableDescriptor } from './table-descriptor.ts';

/** Rows of one transaction: few as they are, many as bytes, which take less memory and can be sent again. */
export interface BulkChunk<Row> {
  readonly size: number;
  /** First days of the months whose partitions it needs. */
  readonly months: readonly string[];
  /** Whether all of its keys come after those of the chunk before: then neither can touch a row of the other. */
  readonly followsPrevious: boolean;
  readonly content: readonly Row[] | PackedRows;
}

export interface PackedRows {
  /** In binary COPY format. */
  readonly bytes: readonly Buffer[];
  /** Whether a row may not fit into a page of 8 KB. */
  readonly isWide: boolean;
  /** Strictly ascending by key; otherwise rows of one key may be among them, of which the last one counts. */
  readonly inKeyOrder: boolean;
  /** As the extent of the rows gives it. */
  readonly range: readonly unknown[];
  /** Lets the next chunks have the memory; the bytes are not to be used any more. */
  release(): void;
}

/** Rows a chunk by COPY: 50,000 are as fast as more. */
const MAX_COPY_ROWS = 50_000;

/** Bytes a chunk by COPY: two chunks are on their way at a time, and a worker has not much memory. */
const MAX_COPY_BYTES = 12_000_000;

/** A row that is stored takes a little more than on the wire: its header, and gaps between columns. */
const MAX_NARROW_BYTES = 6_000;

/** Fresh buffers lie outside of the heap, where garbage is collected late: they are used again. */
export interface BufferPool {
  take(): Buffer;
  giveBack(buffers: readonly Buffer[]): void;
}

/** A chunk of the widest rows takes no more than these. */
const MAX_FREE_BUFFERS = 64;

export function createBufferPool(): BufferPool {
  const free: Buffer[] = [];
  return {
    take: () => free.pop() ?? Buffer.allocUnsafe(COPY_BUFFER_BYTES),
    giveBack(buffers) {
      free.push(...buffers.slice(0, MAX_FREE_BUFFERS - free.length));
    },
  };
}

/**
 * Splits a stream of rows into chunks of one transaction each. Up to 5,000 rows are one chunk of rows; when there are
 * more, each row is packed as it comes and then dropped, so that memory does not grow with the stream.
 */
export async function* packChunks<Row>(
  descriptor: TableDescriptor<Row>,
  rows: Iterable<Row> | AsyncIterable<Row>,
  pool: BufferPool,
): AsyncGenerator<BulkChunk<Row>> {
  let few: Row[] | undefined = [];
  let packer = createPacker(descriptor, pool, undefined);
  const add = (row: Row): boolean => {
    packer.add(row);
    few?.push(row);
    if (few !== undefined && (few.length > MAX_UNNEST_ROWS || packer.isFull())) {
      few = undefined;
    }
    return packer.isFull();
  };
  const take = (): BulkChunk<Row> => {
    const chunk = packer.finish();
    packer = createPacker(descriptor, pool, packer.greatest());
    return chunk;
  };
  // A promise a row would cost more than the row, where there is nothing to wait for.
  if (Symbol.iterator in rows) {
    for (const row of rows) {
      if (add(row)) {
        yield take();
      }
    }
  } else {
    for await (const row of rows) {
      if (add(row)) {
        yield take();
      }
    }
  }
  const last = packer.finish();
  if (few !== undefined) {
    packer.discard();
  }
  if (last.size > 0) {
    yield few === undefined ? last : { ...last, content: few };
  }
}

interface Packer<Row> {
  add(row: Row): void;
  isFull(): boolean;
  finish(): BulkChunk<Row>;
  /** The row with the greatest key; undefined where rows came in no order. */
  greatest(): Row | undefined;
  /** Nobody needs the bytes. */
  discard(): void;
}

/** @param before the greatest row of the chunk before; undefined where there is none that is known */
function createPacker<Row>(
  descriptor: TableDescriptor<Row>,
  pool: BufferPool,
  before: Row | undefined,
): Packer<Row> {
  const compare = keyComparator(descriptor);
  const extent = createExtent(descriptor);
  const taken: Buffer[] = [];
  const encoder = createCopyEncoder(descriptor, () => {
    const buffer = pool.take();
    taken.push(buffer);
    return buffer;
  });
  let last = before;
  let inKeyOrder = true;
  let followsPrevious = before !== undefined;
  let size = 0;
  const release = (): void => pool.giveBack(taken);
  return {
    add(row) {
      encoder.add(row);
      extent.add(row);
      const ascends = last === undefined || compare(last, row) < 0;
      if (size === 0) {
        followsPrevious &&= ascends;
      } else {
        inKeyOrder &&= ascends;
      }
      last = row;
      size += 1;
    },
    isFull: () => size === MAX_COPY_ROWS || encoder.bytes() >= MAX_COPY_BYTES,
    finish: () => ({
      size,
      months: extent.months(),
      followsPrevious: followsPrevious && inKeyOrder,
      content: {
        bytes: encoder.finish(),
        isWide: encoder.longest() > MAX_NARROW_BYTES,
        inKeyOrder,
        range: extent.range(),
        release,
      },
    }),
    greatest: () => (inKeyOrder ? last : undefined),
    discard: release,
  };
}
