import type { ApiContext } from './context.ts';

/** A field with the address of a workflow. @param what for the description: `Address of the workflow` */
export function temporalUrl(what: string) {
  return {
    nullable: true,
    description: `${what} in the Temporal UI; null when no UI is configured.`,
    resolve: (
      { workflowId }: { readonly workflowId: string | null },
      _args: unknown,
      { services }: ApiContext,
    ) => (workflowId === null ? null : services.launcher.workflowUrl({ workflowId })),
  } as const;
}
