import { DomainError } from '../../../domain/core/errors.ts';
import { createCsvHeaderSearch } from './csv-header.ts';
import { describeJson } from './json-shape.ts';
import { nameKnownExport } from './known-exports.ts';

/** Files of other kinds, by their first bytes. */
const OTHER_FILES: readonly { readonly begins: Buffer; readonly sentence: string }[] = [
  {
    begins: Buffer.from('PK\u0003\u0004', 'latin1'),
    sentence: 'is an Excel workbook or a zip archive: save its sheet as CSV (UTF-8), or unpack it',
  },
  {
    begins: Buffer.from('d0cf11e0', 'hex'),
    sentence: 'is an old Excel workbook: save its sheet as CSV (UTF-8)',
  },
  { begins: Buffer.from('1f8b', 'hex'), sentence: 'is compressed with gzip: unpack it' },
  { begins: Buffer.from('PAR1'), sentence: 'is a Parquet file: export it as CSV' },
  { begins: Buffer.from('%PDF'), sentence: 'is a PDF: export the table as CSV' },
];

/**
 * Tells CSV from one JSON object a line, by what the file begins with rather than by its name.
 * @param name of the file, for a sentence
 * @param extension in lower case with its point, empty when there is none
 * @param bytes the first ones
 * @param head their text, without a byte order mark
 * @throws DomainError INVALID_INPUT with what the file is, when it is neither
 */
export function readFileFormat(
  name: string,
  extension: string,
  bytes: Buffer,
  head: string,
): 'CSV' | 'NDJSON' {
  const refuse = (sentence: string): never => {
    throw new DomainError('INVALID_INPUT', `${name} ${sentence}.`);
  };
  const other = OTHER_FILES.find(({ begins }) => bytes.subarray(0, begins.length).equals(begins));
  if (other !== undefined) {
    refuse(other.sentence);
  }
  const text = head.trimStart();
  if (/^<(?:!doctype|html|\?xml|[a-z]+[\s>])/i.test(text)) {
    refuse('is a web page or XML: export the table as CSV');
  }
  const isObject = text.startsWith('{');
  const shape = describeJson(text);
  if (isObject || shape !== null) {
    const known = nameKnownExport(keysOf(text));
    if (known !== null) {
      refuse(`has the keys of ${known}`);
    }
    if (shape !== null) {
      refuse(shape);
    }
    return 'NDJSON';
  }
  return (extension === '.ndjson' || extension === '.jsonl') && !hasHeading(text)
    ? 'NDJSON'
    : 'CSV';
}

/** The keys at any depth of what may be cut, in lower case. */
function keysOf(text: string): string[] {
  return [...text.matchAll(/"([^"\\]{1,60})"\s*:/g)].map(([, key = '']) => key.toLowerCase());
}

/** Whether the first line names columns of AI usage, whatever the file is called. */
function hasHeading(text: string): boolean {
  const [first = ''] = text.split(/\r\n|\r|\n/);
  return createCsvHeaderSearch().take(1, first) !== null;
}
