import {
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  valueFromASTUntyped,
  type SelectionNode,
} from 'graphql';

/** Whether @skip and @include leave a selection in the answer. @param variables not coerced, with their defaults */
export function isIncluded(
  { directives = [] }: SelectionNode,
  variables: Readonly<Record<string, unknown>>,
): boolean {
  return directives.every(({ name, arguments: [condition] = [] }) => {
    const value =
      condition === undefined ? undefined : valueFromASTUntyped(condition.value, variables);
    return !(
      (name.value === GraphQLSkipDirective.name && value === true) ||
      (name.value === GraphQLIncludeDirective.name && value === false)
    );
  });
}
