import type { ClientBase } from 'pg';

/**
 * Hears the errors of a client for its whole life, as `onConnect` of its pool. The pool reports those of idle clients, and
 * who uses a client reports those that come meanwhile. In between, when a waiting caller is given one that has just been
 * released, nobody listens for some microtasks, and a server that stops just then would end the process. What is heard
 * here alone is no news: the first statement on the client fails with it.
 */
export function hearErrors(client: ClientBase): void {
  client.on('error', () => undefined);
}
