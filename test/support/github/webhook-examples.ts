import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { WebhookDefinition } from '@octokit/webhooks-examples';

/** A payload that GitHub has sent, with names and numbers made up. */
export type ExamplePayload = Readonly<Record<string, unknown>>;

interface Definition {
  readonly name: WebhookDefinition['name'];
  readonly examples: readonly ExamplePayload[];
}

const file = createRequire(import.meta.url).resolve('@octokit/webhooks-examples');
const DEFINITIONS = JSON.parse(readFileSync(file, 'utf8')) as readonly Definition[];

/** Every event that there are examples of. */
export const EXAMPLE_EVENTS: readonly string[] = DEFINITIONS.map(({ name }) => name);

/** The examples of an event; with an action only those of that action. */
export function examplesOf(event: string, action?: string): readonly ExamplePayload[] {
  const found = (DEFINITIONS.find(({ name }) => name === event)?.examples ?? []).filter(
    (payload) => action === undefined || payload['action'] === action,
  );
  if (found.length === 0) {
    throw new Error(`there is no example of ${event} ${action ?? ''}`);
  }
  return found;
}

/** An example with other values in it; nested objects are merged. */
export function exampleWith(
  event: string,
  action: string | undefined,
  changes: ExamplePayload,
): ExamplePayload {
  return merge(examplesOf(event, action)[0] ?? {}, changes);
}

function merge(base: ExamplePayload, changes: ExamplePayload): ExamplePayload {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(changes)) {
    const known = merged[name];
    merged[name] = isObject(known) && isObject(value) ? merge(known, value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is ExamplePayload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
