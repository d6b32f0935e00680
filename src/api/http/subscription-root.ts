import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  type ASTVisitor,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import { fragmentsOf, selectedBy } from './fragments.ts';

/** Directives that leave a field out of the answer. */
const CONDITIONS: ReadonlySet<string> = new Set(['skip', 'include']);

/**
 * Refuses a subscription whose field may be left out: graphql-js fails inside when nothing is left to subscribe to. The
 * rule is in the specification since its edition of 2025 ("Single Root Field"), and in graphql-js from version 17 on.
 */
export function NoConditionalSubscriptionRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition({ operation, selectionSet }) {
      if (operation !== OperationTypeNode.SUBSCRIPTION) {
        return;
      }
      const fragments = fragmentsOf(context.getDocument());
      const seen = new Set<SelectionSetNode>();
      const check = (set: SelectionSetNode | undefined): void => {
        if (set === undefined || seen.has(set)) {
          return;
        }
        seen.add(set);
        for (const selection of set.selections) {
          refuseConditions(context, selection);
          if (selection.kind !== Kind.FIELD) {
            check(selectedBy(selection, fragments));
          }
        }
      };
      check(selectionSet);
    },
  };
}

function refuseConditions(context: ValidationContext, { directives = [] }: SelectionNode): void {
  for (const directive of directives) {
    const { value: name } = directive.name;
    if (CONDITIONS.has(name)) {
      const message = `The field of a subscription cannot be left out: take @${name} away from it, or do not subscribe.`;
      context.reportError(new GraphQLError(message, { nodes: directive }));
    }
  }
}
