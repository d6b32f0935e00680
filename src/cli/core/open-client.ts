import { DomainError } from '../../domain/core/errors.ts';
import { findRunningStart } from '../../runtime/embedded/run-file.ts';
import { patienceOf, type CommandContext } from './command.ts';
import { createGraphQLClient, type GraphQLClient } from './graphql-client.ts';

/**
 * A client of the gateway of the settings, else of the start that runs over the data directory.
 * @throws DomainError INVALID_INPUT when there is neither
 */
export async function openClient(context: CommandContext): Promise<GraphQLClient> {
  const { config } = context;
  if (config.client !== undefined) {
    return createGraphQLClient({ ...config.client, ...patienceOf(context) });
  }
  const findAgain = async () => {
    const running = await findRunningStart(config.dataDirectory);
    return running === undefined ? null : { url: running.graphqlUrl, token: running.token };
  };
  const running = await findAgain();
  if (running === null) {
    throw new DomainError(
      'INVALID_INPUT',
      'Nothing runs over this data directory: start it with npm start, or set GATEWAY_URL and GATEWAY_TOKEN.',
    );
  }
  return createGraphQLClient({ ...running, findAgain, ...patienceOf(context) });
}
