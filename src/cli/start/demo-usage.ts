import type * as Demo from '../../demo/demo.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { gql } from '../core/graphql.ts';
import type { GraphQLClient } from '../core/graphql-client.ts';

/** Usage of one tool by the made-up people. */
export type DemoUsage = ReturnType<typeof Demo.usageOfOrganisation>[number];

const IMPORT = gql(`
  mutation ImportUsage($input: ImportAiUsageInput!) {
    importAiUsage(input: $input) {
      ... on ImportAiUsagePayload { accepted refused }
      ... on UserError { message }
    }
  }
`);

/**
 * Imports the usage of the demo through the API, as a front end would. Rows of people whom the team does not know, such as
 * those who have done nothing in the days that were fetched, are left out; the same rows once more change nothing.
 * @throws DomainError with the sentence of the API's refusal
 */
export async function importUsage(
  client: Pick<GraphQLClient, 'repeat' | 'send'>,
  teamId: string,
  usage: readonly DemoUsage[],
): Promise<void> {
  for (const { source, rows } of usage) {
    const input = { teamId, source, rows: [...rows], skipBad: true };
    const { importAiUsage } = await client.repeat(() => client.send(IMPORT, { input }));
    if ('message' in importAiUsage) {
      throw new DomainError('INVALID_INPUT', importAiUsage.message);
    }
  }
}
