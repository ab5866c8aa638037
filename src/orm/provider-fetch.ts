import { AsyncLocalStorage } from "node:async_hooks";
import { EndFinder } from "./end-finder.ts";
import { LineReader } from "./line-reader.ts";
import { tapReader } from "./tap-reader.ts";

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
  readonly #makesOneRequest: boolean;
  /** Its requests have been made: what follows need not be told from other calls. */
  #isFound = false;

  /**
   * @param options.exchange takes part in the requests whose format is Anthropic's.
   * @param options.makesOneRequest the provider asks its API once; otherwise it may ask again when that fails.
   */
  constructor(
    signal: AbortSignal,
    options: { readonly exchange?: WireExchange | null; readonly makesOneRequest?: boolean } = {},
  ) {
    this.signal = signal;
    this.#exchange = options.exchange ?? null;
    this.#makesOneRequest = options.makesOneRequest ?? false;
  }

  /** Runs a function whose requests are this call's. To be followed by `end` when there will be no more of them. */
  run<Result>(task: () => Result): Result {
    if (this.#isFound) return task();
    patchFetch();
    searching.add(this);
    try {
      return calls.run(this, task);
    } finally {
      if (this.#isFound) this.end();
    }
  }

  /**
   * The call makes no more requests. While a context is followed, Node 20 calls back for each promise of the whole
   * process: so none is followed when no call is about to make its request.
   */
  end(): void {
    this.#isFound = true;
    searching.delete(this);
    if (searching.size === 0) calls.disable();
  }

  async fetch(
    original: typeof fetch,
    input: RequestInfo | URL,
    init?: RequestInit,
  ): Promise<Response> {
    const format = formatOf(input);
    if (format !== null && this.#makesOneRequest) this.#isFound = true;
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
    if (/event-?stream/.test(response.headers.get("content-type") ?? "")) this.end();
    const isStream = response.headers.get("content-type")?.includes("text/event-stream") ?? false;
    if (isStream) return this.#watchEvents(response, response.body, format, exchange);
    if (exchange === null) return response;
    const text = await response.text();
    exchange.readBody(text);
    return withBody(response, text);
  }

  #watchEvents(
    response: Response,
    body: ReadableStream<Uint8Array>,
    format: WireFormat,
    exchange: WireExchange | null,
  ): Response {
    this.isComplete = false;
    const onEnd = (): void => {
      this.isComplete = true;
    };
    if (exchange === null) {
      const finder = new EndFinder(format.end, onEnd);
      return withBody(
        response,
        tapReader(body, (bytes) => bytes !== null && finder.push(bytes)),
      );
    }
    const lines = new LineReader((line) => {
      if (format.end.test(line)) onEnd();
      exchange.readLine(line);
    });
    return withBody(
      response,
      tapReader(body, (bytes) => (bytes === null ? lines.end() : lines.push(bytes))),
    );
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
/** The calls that may still make a request. */
const searching = new Set<ProviderCall>();
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
  /** The line of an event stream that says that the answer is complete. */
  readonly end: RegExp;
}

const openai: WireFormat = { name: "openai", end: /^data: ?\[DONE\]\s*$/m };
const anthropic: WireFormat = { name: "anthropic", end: /^event: ?message_stop\s*$/m };

/** https://platform.openai.com/docs/api-reference/chat-streaming and https://docs.anthropic.com/en/api/messages-streaming. */
function formatOf(input: RequestInfo | URL): WireFormat | null {
  const url = input instanceof Request ? input.url : String(input);
  if (url.includes("/chat/completions")) return openai;
  return /\/v1\/messages(\?|$)/.test(url) ? anthropic : null;
}
