/** What a webhook is refused with. */
export class WebhookRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param message one sentence that says what to do
   * @param headers of the answer, beside those of its body
   */
  constructor(
    status: number,
    code: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'WebhookRefusal';
    this.status = status;
    this.code = code;
    this.headers = headers;
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
export function toRefusedResponse({ status, code, message, headers }: WebhookRefusal): Response {
  return Response.json({ errors: [{ message, extensions: { code } }] }, { status, headers });
}
