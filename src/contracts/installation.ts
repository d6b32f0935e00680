import type { TaskQueue } from './task-queues.ts';

/**
 * Identity of an installation, ten hexadecimal digits that its database keeps. It begins the installation's workflow ids,
 * schedule ids and task queues, so that two installations on one namespace of Temporal never meet. Null stands for names
 * without one, as they were before installations had identities.
 */
export type InstallationIdentity = string | null;

/** Puts the identity before a name of `workflow-ids.ts`; the whole is the id of a workflow or schedule in Temporal. */
export function toInstallationId(identity: InstallationIdentity, name: string): string {
  return identity === null ? name : `${identity}:${name}`;
}

/** The name of a queue in Temporal. */
export function toTaskQueueName(identity: InstallationIdentity, queue: TaskQueue): string {
  return toInstallationId(identity, queue);
}

/** Whose a workflow or schedule is, by its id in Temporal. */
export function identityOfId(id: string): InstallationIdentity {
  return /^([0-9a-f]{10}):/.exec(id)?.[1] ?? null;
}
