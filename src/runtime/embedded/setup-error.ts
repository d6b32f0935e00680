/**
 * Something around the program stands in its way: a file, a port, a missing executable. The message is for the person
 * who started it: it says what is wrong and what to do, and is shown without a stack trace.
 */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}
