import type { ChangeKind } from './change-text.ts';
import { DEPENDABOT } from './people.ts';
import type { Random } from '../core/random.ts';
import type { Writer } from './writers.ts';

export type Ending = 'MERGED' | 'CLOSED' | 'LEFT_OPEN';

/** How a pull request ends: most are merged, machines' less often, what undoes harm always. */
export function endingFor(random: Random, kind: ChangeKind, writer: Writer): Ending {
  if (kind === 'REVERT' || kind === 'HOTFIX') {
    return 'MERGED';
  }
  const roll = random.next();
  if (writer.login === DEPENDABOT) {
    return roll < 0.76 ? 'MERGED' : roll < 0.95 ? 'CLOSED' : 'LEFT_OPEN';
  }
  if (writer.isMachine) {
    return roll < 0.64 ? 'MERGED' : roll < 0.9 ? 'CLOSED' : 'LEFT_OPEN';
  }
  return roll < 0.885 ? 'MERGED' : roll < 0.96 ? 'CLOSED' : 'LEFT_OPEN';
}

/** How many times it is reviewed; the last time of a merged one is the approval, and none means merged unseen. */
export function roundsFor(
  random: Random,
  kind: ChangeKind,
  ending: Ending,
  writer: Writer,
): number {
  if (ending !== 'MERGED') {
    return random.between(0, 2);
  }
  if (kind === 'DEPENDENCY' || kind === 'REVERT' || kind === 'HOTFIX') {
    return random.chance(0.85) ? 1 : 0;
  }
  if (!writer.isMachine && random.chance(0.12)) {
    return 0;
  }
  return random.pickWeighted([1, 2, 3, 4], (rounds) => [0, 55, 28, 12, 5][rounds] ?? 0);
}
