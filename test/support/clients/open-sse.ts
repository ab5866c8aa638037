import type { TrackedEvent } from "../../../src/chat/chat-procedures.ts";

/** One connection to the `stream` procedure. */
export interface SseConnection {
  readonly events: AsyncGenerator<TrackedEvent, SseEnd, undefined>;
  /** How many bytes have arrived so far. */
  readonly bytes: () => number;
}

/** How a connection ended: closed by the server after `done`, or broken. */
export type SseEnd = "ended" | "broken";

/**
 * Reads an answer's events as they arrive over the wire, without the reconnects of a client library.
 *
 * @throws RefusedError when the server refuses.
 */
export async function openSse(
  url: string,
  input: { readonly messageId: string; readonly lastEventId?: string | undefined },
  options: { readonly userId: string; readonly signal: AbortSignal },
): Promise<SseConnection> {
  const address = `${url}/chat.stream?input=${encodeURIComponent(JSON.stringify(input))}`;
  const response = await fetch(address, {
    headers: { "x-user": options.userId, accept: "text/event-stream" },
    signal: options.signal,
  });
  if (!response.ok || response.body === null) throw new RefusedError(response.status);
  const received = { bytes: 0 };
  return { events: readEvents(response.body, received), bytes: () => received.bytes };
}

/** The server refused the subscription with this status. */
export class RefusedError extends Error {
  readonly status: number;

  constructor(status: number, text = "") {
    super(`The server refused the subscription with ${status}. ${text}`);
    this.status = status;
  }
}

async function* readEvents(
  body: ReadableStream<Uint8Array>,
  received: { bytes: number },
): AsyncGenerator<TrackedEvent, SseEnd, undefined> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let text = "";
  try {
    for (;;) {
      const next = await reader.read().catch(() => null);
      if (next === null) return "broken";
      if (next.done) return "broken"; // The server sends `return` before it ends a stream.
      received.bytes += next.value.length;
      text += decoder.decode(next.value, { stream: true });
      const frames = text.split("\n\n");
      text = frames.pop() ?? "";
      for (const frame of frames) {
        const { event, id, data } = parseFrame(frame);
        if (event === "return") return "ended";
        if (event === "serialized-error") throw new RefusedError(statusIn(data), data);
        // The router under test sends nothing else.
        if (event === null && id !== null)
          yield { id, data: JSON.parse(data) as TrackedEvent["data"] };
      }
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** tRPC sends an error that occurs before the first event as an event of its own. */
const statusIn = (data: string): number => Number(/"httpStatus":(\d+)/.exec(data)?.[1] ?? 500);

function parseFrame(frame: string): { event: string | null; id: string | null; data: string } {
  const fields = { event: null as string | null, id: null as string | null, data: "" };
  for (const line of frame.split("\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).replace(/^ /, "");
    if (name === "event" || name === "id") fields[name] = value;
    else if (name === "data") fields.data += value;
  }
  return fields;
}
