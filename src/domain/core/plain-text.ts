/** What Markdown reads as markup; a colon alone makes a link of an address. */
const MARKUP = /[\\`*_[\]<>|~#!&:]/u;

/** Control and format characters, halves of surrogate pairs, and what breaks a line. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Bytes of UTF-8 that Temporal takes for a summary. */
const MAX_SUMMARY_BYTES = 400;

const ELLIPSIS = '…';

/**
 * A text from outside as part of a line in the Temporal UI, which reads lines as Markdown: GitHub's names may hold
 * anything, so all markup is escaped. What is too long is cut, never within an escape.
 * @param maxBytes of the result, in UTF-8
 */
export function toPlainText(text: string, maxBytes = MAX_SUMMARY_BYTES): string {
  const room = maxBytes - byteLength(ELLIPSIS);
  let line = '';
  let bytes = 0;
  for (const character of text) {
    const shown = UNSHOWABLE.test(character) ? '\uFFFD' : character;
    const escaped = MARKUP.test(shown) ? `\\${shown}` : shown;
    bytes += byteLength(escaped);
    if (bytes > room) {
      return `${line}${ELLIPSIS}`;
    }
    line += escaped;
  }
  return line;
}

function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}
