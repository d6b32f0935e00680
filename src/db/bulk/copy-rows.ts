import { Buffer } from 'node:buffer';
import { toArrayLiteral, type SqlScalar } from '../core/array-literal.ts';
import { wireType } from './bulk-statement.ts';
import type { Column, TableDescriptor } from './table-descriptor.ts';

/** PostgreSQL counts days and microseconds from here. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
const DAY_MS = 86_400_000;
const TWO_POW_32 = 4_294_967_296;

/** "PGCOPY\n\xff\r\n\0", no flags, no extension. */
const HEADER = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');

/** Bytes a buffer: large enough that the stream costs nothing a row, small enough that few are alive at a time. */
export const COPY_BUFFER_BYTES = 262_144;

/** The longest fixed-length value with its length before it. */
const MAX_FIXED_BYTES = 12;

/** Encodes rows in PostgreSQL's binary COPY format as they come. */
export interface CopyEncoder<Row> {
  /** @throws RangeError when a number is not whole or does not fit its column, and when a day or an instant is none */
  add(row: Row): void;
  /** Bytes so far. */
  bytes(): number;
  /** Bytes of the longest row so far. */
  longest(): number;
  /** Everything, with header and trailer, in buffers of about 256 KB. */
  finish(): readonly Buffer[];
}

/** @param takeBuffer gives buffers of COPY_BUFFER_BYTES; only a longer value gets one of its own */
export function createCopyEncoder<Row>(
  { columns }: TableDescriptor<Row>,
  takeBuffer: () => Buffer,
): CopyEncoder<Row> {
  const encoders = columns.map(encoderOf);
  const isText = encoders.map((encode) => encode === writeText);
  const full: Buffer[] = [];
  let fullBytes = 0;
  let longest = 0;
  let buffer = takeBuffer();
  let at = HEADER.copy(buffer);

  function makeRoom(room: number): void {
    if (at + room > buffer.length) {
      full.push(buffer.subarray(0, at));
      fullBytes += at;
      buffer = room > COPY_BUFFER_BYTES ? Buffer.allocUnsafe(room) : takeBuffer();
      at = 0;
    }
  }

  return {
    add(row) {
      makeRoom(MAX_FIXED_BYTES);
      const before = fullBytes + at;
      at = buffer.writeInt16BE(columns.length, at);
      for (let index = 0; index < columns.length; index += 1) {
        const value = (columns[index] as Column<Row>).value(row);
        makeRoom(isText[index] === true && value !== null ? textRoom(value) : MAX_FIXED_BYTES);
        at =
          value === null
            ? buffer.writeInt32BE(-1, at)
            : (encoders[index] as Encode)(buffer, at, value);
      }
      longest = Math.max(longest, fullBytes + at - before);
    },
    bytes: () => fullBytes + at,
    longest: () => longest,
    finish() {
      makeRoom(MAX_FIXED_BYTES);
      at = buffer.writeInt16BE(-1, at);
      return [...full, buffer.subarray(0, at)];
    },
  };
}

type Value = Exclude<SqlScalar, null> | readonly string[];

/** A unit of UTF-16 is at most three bytes of UTF-8; an array's elements may all have to be escaped. */
function textRoom(value: Value): number {
  return Array.isArray(value)
    ? 4 + (value as readonly string[]).reduce((sum, text) => sum + 3 + text.length * 6, 2)
    : 4 + String(value).length * 3;
}

type Encode = (buffer: Buffer, at: number, value: Value) => number;

function encoderOf<Row>(column: Column<Row>): Encode {
  switch (wireType(column)) {
    case 'bigint':
      return (buffer, at, value) => writeBigint(buffer, buffer.writeInt32BE(8, at), value);
    case 'integer':
      return (buffer, at, value) => {
        const whole = Number(value);
        if (!Number.isInteger(whole)) {
          throw new RangeError(
            `${String(value)} is no whole number that an integer column can take`,
          );
        }
        return buffer.writeInt32BE(whole, buffer.writeInt32BE(4, at));
      };
    case 'boolean':
      return (buffer, at, value) =>
        buffer.writeUInt8(value === true ? 1 : 0, buffer.writeInt32BE(1, at));
    case 'timestamptz':
      return (buffer, at, value) => {
        const ms = (value as Date).getTime();
        const microseconds = (ms - EPOCH_MS) * 1000;
        // Some 285 years from 2000 microseconds need more than 53 bits. An instant that is none stays none.
        const exact =
          Number.isSafeInteger(microseconds) || Number.isNaN(ms)
            ? microseconds
            : BigInt(ms - EPOCH_MS) * 1000n;
        return writeBigint(buffer, buffer.writeInt32BE(8, at), exact);
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

/** Rows repeat their days, or come day after day: each is parsed once. */
function dateEncoder(): Encode {
  const known = new Map<string, number>();
  return (buffer, at, value) => {
    const text = value as string;
    let days = known.get(text);
    if (days === undefined) {
      const midnight = new Date(`${text}T00:00:00Z`);
      // JavaScript takes the 30th of February for the 2nd of March, PostgreSQL does not.
      if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(`${text}T`)) {
        throw new RangeError(`${text} is no day that a date column can take`);
      }
      days = (midnight.getTime() - EPOCH_MS) / DAY_MS;
      known.set(text, days);
    }
    return buffer.writeInt32BE(days, buffer.writeInt32BE(4, at));
  };
}

function writeText(buffer: Buffer, at: number, value: Value): number {
  const text = Array.isArray(value) ? toArrayLiteral(value as readonly string[]) : String(value);
  const written = buffer.write(text, at + 4, 'utf8');
  buffer.writeInt32BE(written, at);
  return at + 4 + written;
}
