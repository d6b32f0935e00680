import { GatewayError } from '../core/asking-again.ts';

interface Refusal {
  readonly message: string;
}

/**
 * The payload of a mutation.
 * @throws GatewayError with the sentence of a refusal
 */
export function payloadOf<Answer extends object>(
  answer: Answer,
): Exclude<Answer, Refusal | { readonly message?: never }> {
  if ('message' in answer) {
    throw new GatewayError(String(answer.message));
  }
  return answer as Exclude<Answer, Refusal | { readonly message?: never }>;
}
