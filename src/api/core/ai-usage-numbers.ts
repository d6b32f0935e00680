import {
  acceptanceRateOf,
  missingRateReasonOf,
  type MissingRateReason as Reason,
} from '../../domain/usage/ai-usage.ts';
import type { BuilderTypes } from './builder.ts';
import { defineEnum } from './enums.ts';

const MissingRateReason = defineEnum<Reason>(
  'MissingRateReason',
  'Why there is no acceptance rate.',
  {
    NOTHING_SHOWN: 'No suggestion was shown.',
    ACCEPTED_EXCEEDS_SHOWN:
      'More was accepted than shown: edits of agents follow no suggestion, and an acceptance may come a day later.',
  },
);

interface UsageNumbers {
  readonly suggestionsShown: bigint;
  readonly suggestionsAccepted: bigint;
  readonly linesSuggested: bigint;
  readonly linesAccepted: bigint;
  readonly interactions: bigint;
}

/** Fields for what is counted of an AI tool, whatever it is summed by. @param acceptanceRate description of the rate */
export function aiUsageNumbers<Row extends UsageNumbers>(
  t: PothosSchemaTypes.ObjectFieldBuilder<BuilderTypes, Row>,
  acceptanceRate: string,
) {
  const count = (name: keyof UsageNumbers, description: string) =>
    t.field({ type: 'BigInt', description, resolve: (row) => row[name] });
  return {
    suggestionsShown: count('suggestionsShown', 'Number of suggestions shown.'),
    suggestionsAccepted: count('suggestionsAccepted', 'Number of suggestions accepted.'),
    acceptanceRate: t.float({
      nullable: true,
      description: acceptanceRate,
      resolve: acceptanceRateOf,
    }),
    acceptanceRateReason: t.field({
      type: MissingRateReason,
      nullable: true,
      description: 'Why there is no acceptance rate; null when there is one.',
      resolve: missingRateReasonOf,
    }),
    linesSuggested: count('linesSuggested', 'Number of lines suggested.'),
    linesAccepted: count('linesAccepted', 'Number of lines accepted.'),
    interactions: count('interactions', 'Number of prompts and other requests.'),
  };
}
