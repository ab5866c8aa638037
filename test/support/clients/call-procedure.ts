/** A call as any HTTP client can make it: nothing is typed, and nothing is added. */
export interface RawCall {
  readonly url: string;
  readonly user?: string;
  readonly kind: "query" | "mutation" | "subscription";
  /** The procedure, as in `chat.send`. */
  readonly path: string;
  readonly input?: unknown;
  /** The input as JSON, or as something that is none. */
  readonly text?: string;
  readonly signal?: AbortSignal;
}

export interface RawResponse {
  readonly status: number;
  /** The code of the error; null when there was none. */
  readonly code: string | null;
  /** The message of the error; null when there was none. */
  readonly message: string | null;
  /** The whole body; of a subscription its first event that is not the greeting. */
  readonly body: string;
}

/** Calls a procedure, and leaves a subscription after its first event. */
export async function callProcedure(call: RawCall): Promise<RawResponse> {
  const { url, user, kind, path, input, signal } = call;
  const text = call.text ?? (input === undefined ? undefined : JSON.stringify(input));
  const headers: Record<string, string> = user === undefined ? {} : { "x-user": user };
  const query = text === undefined ? "" : `?input=${encodeURIComponent(text)}`;
  const given = signal === undefined ? {} : { signal };
  if (kind === "subscription") {
    const response = await fetch(`${url}/${path}${query}`, {
      headers: { ...headers, accept: "text/event-stream" },
      ...given,
    });
    return toResponse(response.status, await firstEvent(response));
  }
  const response =
    kind === "query"
      ? await fetch(`${url}/${path}${query}`, { headers, ...given })
      : await fetch(`${url}/${path}`, {
          method: "POST",
          headers: { ...headers, "content-type": "application/json" },
          ...(text === undefined ? {} : { body: text }),
          ...given,
        });
  return toResponse(response.status, await response.text());
}

function toResponse(status: number, body: string): RawResponse {
  const parsed = parse(body);
  const error = parsed?.error ?? (parsed?.data === undefined ? undefined : parsed);
  return {
    // An error of a subscription has its status in the event.
    status: error?.data?.httpStatus ?? status,
    code: error?.data?.code ?? null,
    message: error?.message ?? null,
    body,
  };
}

interface ErrorShape {
  readonly message?: string;
  readonly data?: { readonly code?: string; readonly httpStatus?: number };
}

function parse(body: string): (ErrorShape & { readonly error?: ErrorShape }) | null {
  try {
    return JSON.parse(body) as ErrorShape & { error?: ErrorShape };
  } catch {
    return null;
  }
}

/** The data of the first event; that of an error has the shape of an error. */
async function firstEvent(response: Response): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text;
      text += value;
      for (const block of text.split("\n\n").slice(0, -1)) {
        const data = /^data: ?(.*)$/m.exec(block)?.[1];
        if (data === undefined || /^event: (connected|ping)$/m.test(block)) continue;
        return data;
      }
    }
  } finally {
    await reader.cancel();
  }
}
