import { Buffer } from 'node:buffer';
import type { SqlScalar } from './array-literal.ts';
import { toArrayLiteral } from './array-literal.ts';
import { wireType } from './bulk-statement.ts';
import type { Column, TableDescriptor } from './table-descriptor.ts';

/** PostgreSQL counts days and microseconds from here. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
const DAY_MS = 86_400_000;
const TWO_POW_32 = 4_294_967_296;

/** "PGCOPY\n\xff\r\n\0", no flags, no extension. */
const HEADER = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');

/** Bytes a buffer: large enough that the stream costs nothing a row, small enough that few are alive at a time. */
const BUFFER_BYTES = 262_144;

/** The longest fixed-length value with its length before it. */
const LONGEST_FIXED = 12;

/**
 * Rows in PostgreSQL's binary COPY format, in buffers of about 256 KB.
 * @throws RangeError when a whole number does not fit its column
 */
export function* encodeCopy<Row>(
  descriptor: TableDescriptor<Row>,
  rows: Iterable<Row>,
): Generator<Buffer> {
  const { columns } = descriptor;
  const encoders = columns.map(encoderOf);
  let buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  HEADER.copy(buffer);
  let at = HEADER.length;
  for (const row of rows) {
    if (at + 2 > buffer.length) {
      yield buffer.subarray(0, at);
      buffer = Buffer.allocUnsafe(BUFFER_BYTES);
      at = 0;
    }
    at = buffer.writeInt16BE(columns.length, at);
    for (let index = 0; index < columns.length; index += 1) {
      const column = columns[index] as Column<Row>;
      const value = column.value(row);
      const room =
        typeof value === 'string' || Array.isArray(value) ? textRoom(value) : LONGEST_FIXED;
      if (at + room > buffer.length) {
        yield buffer.subarray(0, at);
        buffer = Buffer.allocUnsafe(Math.max(BUFFER_BYTES, room));
        at = 0;
      }
      at =
        value === null
          ? buffer.writeInt32BE(-1, at)
          : (encoders[index] as Encode)(buffer, at, value);
    }
  }
  if (at + 2 > buffer.length) {
    yield buffer.subarray(0, at);
    buffer = Buffer.allocUnsafe(2);
    at = 0;
  }
  at = buffer.writeInt16BE(-1, at);
  yield buffer.subarray(0, at);
}

/** A unit of UTF-16 is at most three bytes of UTF-8; an array's elements may all have to be escaped. */
function textRoom(value: string | readonly string[]): number {
  return typeof value === 'string'
    ? 4 + value.length * 3
    : 4 + value.reduce((sum, text) => sum + 3 + text.length * 6, 2);
}

type Encode = (
  buffer: Buffer,
  at: number,
  value: Exclude<SqlScalar, null> | readonly string[],
) => number;

function encoderOf<Row>(column: Column<Row>): Encode {
  switch (wireType(column)) {
    case 'bigint':
      return (buffer, at, value) => writeBigint(buffer, buffer.writeInt32BE(8, at), value);
    case 'integer':
      return (buffer, at, value) => buffer.writeInt32BE(Number(value), buffer.writeInt32BE(4, at));
    case 'boolean':
      return (buffer, at, value) =>
        buffer.writeUInt8(value === true ? 1 : 0, buffer.writeInt32BE(1, at));
    case 'timestamptz':
      return (buffer, at, value) => {
        const microseconds = ((value as Date).getTime() - EPOCH_MS) * 1000;
        return writeBigint(buffer, buffer.writeInt32BE(8, at), microseconds);
      };
    case 'date':
      return dateEncoder();
    default:
      return writeText;
  }
}

/** A number up to 2^53 in two halves: four times as fast as by way of a bigint. */
function writeBigint(buffer: Buffer, at: number, value: unknown): number {
  if (typeof value === 'bigint') {
    return buffer.writeBigInt64BE(value, at);
  }
  const whole = value as number;
  if (!Number.isSafeInteger(whole)) {
    throw new RangeError(`${String(value)} is no whole number that a bigint column can take`);
  }
  const high = Math.floor(whole / TWO_POW_32);
  return buffer.writeUInt32BE(whole - high * TWO_POW_32, buffer.writeInt32BE(high, at));
}

/** Rows in key order repeat their days, or come day after day: the last few dozens are remembered. */
function dateEncoder(): Encode {
  const known = new Map<string, number>();
  return (buffer, at, value) => {
    const text = value as string;
    let days = known.get(text);
    if (days === undefined) {
      days = (Date.parse(`${text}T00:00:00Z`) - EPOCH_MS) / DAY_MS;
      known.set(text, days);
    }
    return buffer.writeInt32BE(days, buffer.writeInt32BE(4, at));
  };
}

function writeText(
  buffer: Buffer,
  at: number,
  value: Exclude<SqlScalar, null> | readonly string[],
): number {
  const text = Array.isArray(value) ? toArrayLiteral(value as readonly string[]) : String(value);
  const written = buffer.write(text, at + 4, 'utf8');
  buffer.writeInt32BE(written, at);
  return at + 4 + written;
}
