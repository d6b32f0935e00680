/** What PostgreSQL's text cannot hold: NUL, and halves of surrogate pairs. */
// oxlint-disable-next-line no-control-regex -- NUL is exactly what must be found
const UNSTORABLE = /\u0000|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

const REPLACEMENT = '\uFFFD';

export interface CleanedText {
  readonly text: string;
  readonly cleaned: boolean;
}

/**
 * Makes text from outside storable: each NUL or lone surrogate becomes U+FFFD. Cleaning twice changes nothing.
 * Called once, at the boundary.
 */
export function cleanText(text: string): CleanedText {
  // Nearly all of them are storable, and the engine knows that of most without a look.
  if (text.isWellFormed() && !text.includes('\0')) {
    return { text, cleaned: false };
  }
  const replaced = text.replace(UNSTORABLE, REPLACEMENT);
  return { text: replaced, cleaned: replaced !== text };
}
