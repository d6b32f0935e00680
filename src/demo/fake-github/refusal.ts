import { GraphQLError } from 'graphql';
import type { ASTNode } from 'graphql';

/** An error as GitHub words it: `type` stands beside the message in the answer. */
export class GitHubRefusal extends GraphQLError {
  readonly type: string;

  constructor(type: string, message: string, nodes?: readonly ASTNode[]) {
    super(message, nodes === undefined ? {} : { nodes });
    this.type = type;
  }
}

/** What GitHub says when a name or number leads nowhere. */
export function notFound(message: string): GitHubRefusal {
  return new GitHubRefusal('NOT_FOUND', message);
}
