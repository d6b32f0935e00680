import { readFileSync } from 'node:fs';
import { classifyActor } from '../../../../src/domain/members/actor.ts';
import {
  signalsOfBranch,
  signalsOfLabels,
} from '../../../../src/domain/pulls/ai-branches-and-labels.ts';
import {
  signalsOfAccount,
  signalsOfCommit,
  signalsOfText,
} from '../../../../src/domain/pulls/ai-detection.ts';
import { signalsOfSignatures, toIdentity } from '../../../../src/domain/pulls/ai-identities.ts';
import type { AiSignalFact } from '../../../../src/domain/pulls/github-facts.ts';
import { anActor } from '../../../support/rows/facts.ts';

export type MarkKind =
  'trailer' | 'text' | 'app login' | 'user login' | 'head branch' | 'commit author' | 'label';

/** A mark as it stands on GitHub, and the tool that it shows; null where it shows none. */
export interface MarkCase {
  readonly kind: MarkKind;
  readonly text: string;
  readonly tool: string | null;
}

function readCases(file: string): readonly MarkCase[] {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as readonly MarkCase[];
}

export const TRIAL_CASES = readCases('ai-marks.json');
/** Made-up people, and marks in the shapes that public repositories have. */
export const OWN_CASES = readCases('own-marks.json');

/** Looks where a mark of this kind stands. */
export function lookFor({ kind, text }: MarkCase): readonly AiSignalFact[] {
  const account = (type: string): readonly AiSignalFact[] =>
    signalsOfAccount('author', anActor({ login: text, ...classifyActor(text, type) }));
  const look: Readonly<Record<MarkKind, () => readonly AiSignalFact[]>> = {
    trailer: () => signalsOfCommit('c0ffee', `Change it\n\n${text}`),
    text: () => signalsOfText('body', text),
    'app login': () => account('Bot'),
    'user login': () => account('User'),
    'head branch': () => signalsOfBranch(text, anActor({ login: 'ann-k', name: 'Ann' })),
    'commit author': () =>
      signalsOfSignatures('commit:c0ffee', [{ ...toIdentity(text), agentLogin: null }]),
    label: () => signalsOfLabels([text]),
  };
  return look[kind]();
}
