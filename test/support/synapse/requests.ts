/** An answer of the homeserver. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Sends a request with plain fetch: the tests do not believe the client that they test. */
export async function request(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** The body of an answer that has to be a success. */
export function expectOk({ status, body }: Answer): Record<string, unknown> {
  if (status >= 300) throw new Error(`the homeserver answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** Whether it is the answer of a homeserver that is too old to know the path. */
export function isUnrecognized({ body }: Answer): boolean {
  return body["errcode"] === "M_UNRECOGNIZED";
}
