/** A trailer of a commit's message. The key is as it was written, the value unfolded, and empty where there is none. */
export interface GitTrailer {
  readonly key: string;
  readonly value: string;
}

const SEPARATOR = /^[A-Za-z0-9-]+[ \t]*:/;
const BLANK = /^[ \t\r]*$/;
/** What git calls a space: neither a form feed nor anything beyond ASCII. */
const EDGES = /^[ \t\r\n]+|[ \t\r\n]+$/g;
const SCISSORS = '# ------------------------ >8 ------------------------';
const OF_GIT = ['Signed-off-by: ', '(cherry picked from commit '];

/**
 * The trailers of a message as `git interpret-trailers --parse` reads them: the last paragraph when it holds trailers
 * alone, or a quarter of it does and git wrote one of them; never the title, nor what follows a line of `---`. Folded
 * values are one, and what says the same twice, as in squashes, is said once. Time grows with the length alone.
 */
export function parseTrailers(message: string): readonly GitTrailer[] {
  const titleEnd = message.indexOf('\n');
  // The title is none, and there is none without a colon: most messages end here.
  if (titleEnd < 0 || !message.includes(':', titleEnd)) {
    return [];
  }
  const lines = linesOfMessage(message);
  const start = startOfTrailers(lines);
  const folded: string[] = [];
  let isOpen = false;
  for (const line of lines.slice(start)) {
    if (isOpen && /^[ \t\r]/.test(line)) {
      folded.push(`${folded.pop() ?? ''}\n${line}`);
    } else {
      isOpen = SEPARATOR.test(line);
      folded.push(line);
    }
  }
  const trailers = folded.flatMap((text): GitTrailer[] => {
    const colon = text.indexOf(':');
    return SEPARATOR.test(text)
      ? [{ key: trim(text.slice(0, colon)), value: unfold(text.slice(colon + 1)) }]
      : [];
  });
  const seen = new Set<string>();
  return trailers.filter(({ key, value }) => {
    const same = `${key.toLowerCase()}:${value}`;
    const isNew = !seen.has(same);
    seen.add(same);
    return isNew;
  });
}

/** The trailers of a text whose title stands elsewhere, such as the body of a pull request. */
export function parseBodyTrailers(body: string): readonly GitTrailer[] {
  return body.includes(':') ? parseTrailers(`\n${body}`) : [];
}

function trim(text: string): string {
  return text.replace(EDGES, '');
}

function unfold(value: string): string {
  return trim(value).replace(/\n[ \t\r\n]*/g, ' ');
}

/** The lines of the message itself: without a patch below it, and without comments and blanks at its end. */
function linesOfMessage(message: string): readonly string[] {
  const all = message.split('\n');
  const divider = all.findIndex((line, index) => isDivider(line, index === all.length - 1));
  if (all.at(-1) === '') {
    all.pop();
  }
  const lines = divider < 0 ? all : all.slice(0, divider);
  const cut = lines.indexOf(SCISSORS);
  const kept = cut < 0 ? lines : lines.slice(0, cut);
  const isUnended = kept.length === all.length && !message.endsWith('\n');
  return kept.slice(0, endOfText(kept, isUnended));
}

function isDivider(line: string, isLast: boolean): boolean {
  return /^---[ \t\r]/.test(line) || (line === '---' && !isLast);
}

/**
 * How many lines there are before the comments, blanks and conflicts at the end.
 * @param isUnended whether the last line has no end: git knows the heading of conflicts by it
 */
function endOfText(lines: readonly string[], isUnended: boolean): number {
  let end = -1;
  let isConflicts = false;
  lines.forEach((line, index) => {
    if (line.startsWith('#') || line === '') {
      end = end < 0 ? index : end;
    } else if (line === 'Conflicts:' && !(isUnended && index === lines.length - 1)) {
      isConflicts = true;
      end = end < 0 ? index : end;
    } else if (!(isConflicts && line.startsWith('\t'))) {
      end = -1;
      isConflicts = false;
    }
  });
  return end < 0 ? lines.length : end;
}

/** Where the last paragraph starts when it is one of trailers; else the number of lines. */
function startOfTrailers(lines: readonly string[]): number {
  const title = lines.findIndex((line) => !line.startsWith('#') && BLANK.test(line));
  const count = { trailers: 0, others: 0, folds: 0 };
  let isOfGit = false;
  let hasText = false;
  for (let index = lines.length - 1; index >= title && title >= 0; index -= 1) {
    const line = lines[index] ?? '';
    if (line.startsWith('#')) {
      count.others += count.folds;
      count.folds = 0;
    } else if (BLANK.test(line)) {
      if (hasText) {
        const others = count.others + count.folds;
        const isBlock =
          (isOfGit && count.trailers * 3 >= others) || (count.trailers > 0 && others === 0);
        return isBlock ? index + 1 : lines.length;
      }
    } else {
      hasText = true;
      const isOurs = OF_GIT.some((prefix) => line.startsWith(prefix));
      isOfGit ||= isOurs;
      if (isOurs || SEPARATOR.test(line)) {
        count.trailers += 1;
        count.folds = 0;
      } else if (/^[ \t]/.test(line)) {
        count.folds += 1;
      } else {
        count.others += 1 + count.folds;
        count.folds = 0;
      }
    }
  }
  return lines.length;
}
