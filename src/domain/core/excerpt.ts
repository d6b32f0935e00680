/** Control and format characters and halves of surrogate pairs: no part of a sentence that is shown and stored. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Cs}]/gu;

/** The beginning of a text from outside, fit to be shown. */
export function excerpt(text: string, maxCharacters = 40): string {
  const start = text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text;
  return start.replaceAll(UNSHOWABLE, '\uFFFD');
}
