/** How the text of a file is written, by its first bytes. */
export interface TextForm {
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be';
  /** Whether lines end with a carriage return alone, as on an old Mac. */
  readonly hasReturnsOnly: boolean;
  /** The first characters, without a byte order mark. */
  readonly head: string;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Looks at the beginning of a file. UTF-16 is known by its byte order mark, or by the NUL in each of the first two
 * characters.
 * @param bytes the first ones, some thousands
 */
export function readTextForm(bytes: Buffer): TextForm {
  const encoding = readEncoding(bytes);
  const head = new TextDecoder(encoding).decode(bytes);
  // What follows a return at the very end is not known.
  const hasReturnsOnly = head.slice(0, -1).includes('\r') && !head.includes('\n');
  return { encoding, hasReturnsOnly, head };
}

function readEncoding(bytes: Buffer): TextForm['encoding'] {
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes;
  if (
    (first === 0xff && second === 0xfe) ||
    (first > 0 && second === 0 && third > 0 && fourth === 0)
  ) {
    return 'utf-16le';
  }
  const isBigEndian =
    (first === 0xfe && second === 0xff) || (first === 0 && second > 0 && third === 0 && fourth > 0);
  return isBigEndian ? 'utf-16be' : 'utf-8';
}

/** The bytes of a file as UTF-8 with newlines, one chunk after another. UTF-8 is handed on as it is, also broken. */
export async function* decode(
  chunks: AsyncIterable<Buffer>,
  { encoding, hasReturnsOnly }: Pick<TextForm, 'encoding' | 'hasReturnsOnly'>,
): AsyncGenerator<Buffer> {
  const decoder = encoding === 'utf-8' ? null : new TextDecoder(encoding);
  for await (const chunk of chunks) {
    const bytes =
      decoder === null ? chunk : Buffer.from(decoder.decode(chunk, { stream: true }), 'utf8');
    yield hasReturnsOnly ? withNewlines(bytes) : bytes;
  }
  // Half of a character at the end becomes a mark that no row may hold.
  const rest = decoder?.decode() ?? '';
  if (rest !== '') {
    yield Buffer.from(rest, 'utf8');
  }
}

/** Each byte of a character beyond ASCII is above 127: a return is a return. */
function withNewlines(bytes: Buffer): Buffer {
  return bytes.map((byte) => (byte === CARRIAGE_RETURN ? NEWLINE : byte)) as Buffer;
}
