/** What a webhook is refused with. */
export class WebhookRefusal extends Error {
  readonly status: number;
  readonly code: string;

  /** @param message one sentence that says what to do */
  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'WebhookRefusal';
    this.status = status;
    this.code = code;
  }
}

/** A webhook that nobody can be shown to have sent: the same answer whether its address is known or not. */
export function unsigned(
  message = 'The signature does not fit: check the address of the webhook and that both sides have the same secret.',
): WebhookRefusal {
  return new WebhookRefusal(401, 'UNAUTHENTICATED', message);
}

/** A webhook that is not of the form that its sender's documentation gives. */
export function unreadable(message: string): WebhookRefusal {
  return new WebhookRefusal(400, 'BAD_REQUEST', message);
}

/** The answer to a refused webhook, in the form of the API's other errors. */
export function toRefusedResponse({ status, code, message }: WebhookRefusal): Response {
  return Response.json({ errors: [{ message, extensions: { code } }] }, { status });
}
