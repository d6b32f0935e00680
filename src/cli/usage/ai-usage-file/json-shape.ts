import { isAiUsageColumn } from '../../../domain/usage/ai-usage-columns.ts';

const AS_KEYS = 'write one object a line, with the names of the columns as its keys';

/** What can be the first value of a list; a title in brackets above a table is none. */
const LIST_OF_VALUES = /^\[\s*(?:"[^"\n]{0,200}"|-?\d[\d.eE+-]{0,30}|true|false|null)\s*[,\]]/;

/**
 * Says what a JSON file is that does not have one object a line, and what to do.
 * @param text the beginning of the file, without blanks before it; it may be cut
 * @returns to follow the name of the file; null for one object a line, and for what is no JSON
 */
export function describeJson(text: string): string | null {
  const list = /^\[\s*(?:([{[\]])|$)/.exec(text);
  if (list !== null) {
    return describeList(list[1] ?? '');
  }
  if (LIST_OF_VALUES.test(text)) {
    return `has JSON lists of values: ${AS_KEYS}`;
  }
  return text.startsWith('{') ? describeObject(text) : null;
}

function describeList(first: string): string {
  if (first === '[') {
    return `is a JSON list of lists: ${AS_KEYS}`;
  }
  return first === ']'
    ? 'is an empty JSON list: there is nothing to import'
    : 'is one JSON list: write one object a line, for example with jq -c ".[]"';
}

function describeObject(text: string): string | null {
  const [first = '', second = ''] = text.split(/\r\n|\r|\n/);
  // A first line that is no row is told by its number where others are rows.
  if (!/^\s*\{.*"login"/.test(second)) {
    const inner = findInside(text);
    if (inner !== null) {
      return inner;
    }
  }
  return /^\{(?:.*[,{[])?\s*$/.test(first) && /^\s*[^\s{]/.test(second)
    ? 'has JSON objects over several lines: write one a line, for example with jq -c "."'
    : null;
}

/** A list or an object that is open, with the key that it has in the object around it. */
interface Open {
  readonly bracket: '{' | '[';
  readonly key: string;
}

const TOKEN = /"((?:[^"\\]|\\.)*)"|[{}[\]:]/g;

/** What the first object of a text holds in place of a row's columns; null where it is a row, or nothing is in it. */
function findInside(text: string): string | null {
  const open: Open[] = [];
  let string = '';
  let key = '';
  let hasColumns = false;
  let list: string | null = null;
  for (const [token, quoted] of text.matchAll(TOKEN)) {
    const isOpening = token === '{' || token === '[';
    if (quoted !== undefined) {
      string = quoted;
    } else if (token === ':') {
      key = string;
      if (open.length === 1 && (key === 'login' || key === 'date')) {
        return null;
      }
      hasColumns ||= open.length > 1 && isAiUsageColumn(key, 'column');
    } else if (isOpening) {
      list ??= open.at(-1)?.bracket === '[' ? describeInner(open, token) : null;
      open.push({ bracket: token, key });
      key = '';
    } else {
      open.pop();
      if (open.length === 0) {
        break;
      }
    }
  }
  const inside = 'is a JSON object with rows inside: write one object a line';
  return list ?? (hasColumns ? `${inside}, each with its login and date` : null);
}

/** @param open the list that holds `token`, and the objects around it, the outermost first */
function describeInner(open: readonly Open[], token: '{' | '['): string | null {
  const [, ...inner] = open;
  if (inner.slice(0, -1).some(({ bracket }) => bracket === '[')) {
    return null;
  }
  if (token === '[') {
    return `is a JSON object with lists inside: ${AS_KEYS}`;
  }
  const keys = inner.map(({ key }) => key);
  const isPlain = keys.every((key) => /^[A-Za-z_]\w{0,40}$/.test(key));
  const example = isPlain ? `, for example with jq -c ".${keys.join('.')}[]"` : '';
  return `is a JSON object with rows inside: write one object a line${example}`;
}
