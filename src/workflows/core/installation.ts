import { workflowInfo } from '@temporalio/workflow';
import {
  identityOfId,
  toInstallationId,
  toTaskQueueName,
  type InstallationIdentity,
} from '../../contracts/installation.ts';
import type { TaskQueue } from '../../contracts/task-queues.ts';

/** The running workflow's own id says whose it is: a replay has that, and neither a database nor an environment. */
function identityHere(): InstallationIdentity {
  return identityOfId(workflowInfo().workflowId);
}

/** The id that a name of `workflow-ids.ts` has in the installation of the running workflow. */
export function workflowIdHere(name: string): string {
  return toInstallationId(identityHere(), name);
}

/** The name that a queue has in the installation of the running workflow. */
export function taskQueueHere(queue: TaskQueue): string {
  return toTaskQueueName(identityHere(), queue);
}
