import { AsyncLocalStorage } from "node:async_hooks";
import { LineReader } from "./line-reader.ts";

/** Takes part in a provider's request: may change its body, and reads the response along with core. */
export interface WireExchange {
  rewrite(body: string): string;
  /** A line of an event stream. */
  readLine(line: string): void;
  /** A whole JSON response. */
  readBody(text: string): void;
}

/**
 * What is seen of one provider call on the wire. Core's providers call the global `fetch` and keep the
 * response to themselves; some ignore the abort signal, and all take a stream that breaks off for one that
 * has ended. So the calls that are made on behalf of a turn, and only those, go through here.
 */
export class ProviderCall {
  readonly signal: AbortSignal;
  status: number | null = null;
  /** False when an event stream has ended without the event that ends it; null when that is not known. */
  isComplete: boolean | null = null;
  readonly #exchange: WireExchange | null;

  /** @param exchange takes part in the requests whose format is Anthropic's. */
  constructor(signal: AbortSignal, exchange: WireExchange | null = null) {
    this.signal = signal;
    this.#exchange = exchange;
  }

  /** Runs a function whose requests are this call's. */
  run<Result>(task: () => Result): Result {
    patchFetch();
    return calls.run(this, task);
  }

  async fetch(
    original: typeof fetch,
    input: RequestInfo | URL,
    init?: RequestInit,
  ): Promise<Response> {
    const format = formatOf(input);
    const exchange = format?.name === "anthropic" ? this.#exchange : null;
    const signal = init?.signal ? AbortSignal.any([init.signal, this.signal]) : this.signal;
    const body = init?.body;
    const isRewritten = exchange !== null && typeof body === "string";
    const response = await original(input, {
      ...init,
      signal,
      ...(isRewritten ? { body: exchange.rewrite(body) } : {}),
    });
    // A provider may fetch an image first: the status is that of its API.
    if (format !== null || this.status === null) this.status = response.status;
    if (!response.ok || response.body === null || format === null) return response;
    const isStream = response.headers.get("content-type")?.includes("text/event-stream") ?? false;
    if (isStream) return this.#watchEvents(response, response.body, format.isEnd, exchange);
    if (exchange === null) return response;
    const text = await response.text();
    exchange.readBody(text);
    return withBody(response, text);
  }

  #watchEvents(
    response: Response,
    body: ReadableStream<Uint8Array>,
    isEnd: (line: string) => boolean,
    exchange: WireExchange | null,
  ): Response {
    this.isComplete = false;
    const lines = new LineReader((line) => {
      if (isEnd(line)) this.isComplete = true;
      exchange?.readLine(line);
    });
    const reader = body.getReader();
    const watched = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const { value, done } = await reader.read();
        if (done) {
          lines.end();
          controller.close();
          return;
        }
        lines.push(value);
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    });
    return withBody(response, watched);
  }
}

function withBody(response: Response, body: BodyInit): Response {
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  // `fetch` has decoded the body.
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Response(body, { status, statusText, headers });
}

const calls = new AsyncLocalStorage<ProviderCall>();
let patched: typeof fetch | null = null;

/** Other libraries wrap the global `fetch` too (Next.js does): whichever is there is called. */
function patchFetch(): void {
  if (patched !== null && globalThis.fetch === patched) return;
  const original = globalThis.fetch;
  patched = Object.assign((input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const call = calls.getStore();
    if (call === undefined) return original(input, init);
    return calls.exit(() => call.fetch(original, input, init));
  }, original);
  globalThis.fetch = patched;
}

interface WireFormat {
  readonly name: "openai" | "anthropic";
  /** Whether a line of an event stream says that the answer is complete. */
  readonly isEnd: (line: string) => boolean;
}

/** https://platform.openai.com/docs/api-reference/chat-streaming and https://docs.anthropic.com/en/api/messages-streaming. */
function formatOf(input: RequestInfo | URL): WireFormat | null {
  const url = input instanceof Request ? input.url : String(input);
  if (url.includes("/chat/completions"))
    return { name: "openai", isEnd: (line) => /^data: ?\[DONE\]\s*$/.test(line) };
  if (/\/v1\/messages(\?|$)/.test(url))
    return { name: "anthropic", isEnd: (line) => /^event: ?message_stop\s*$/.test(line) };
  return null;
}
