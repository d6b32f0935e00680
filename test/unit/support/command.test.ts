import { expect, it } from 'vitest';
import { readPrintedJson } from '../../support/processes/command.ts';

it('reads what a command printed as JSON', () => {
  expect(readPrintedJson({ code: 0, stdout: '{"a":1}\n', stderr: '' })).toEqual({ a: 1 });
});

it('says how a command ended that printed nothing, and what it said instead', () => {
  expect(() =>
    readPrintedJson({ code: 1, stdout: '', stderr: 'Error: Channel has been shut down' }),
  ).toThrow(/ended with 1 and printed no JSON: nothing\nError: Channel has been shut down/);
});
