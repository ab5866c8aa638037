import { AsyncLocalStorage } from "node:async_hooks";
import type { ReadBytes } from "../wire/byte-gatherer.ts";
import { ByteGatherer, replaceRead } from "../wire/byte-gatherer.ts";
import { FrameMerger } from "../wire/frame-merger.ts";
import { EndFinder, LineReader } from "../wire/line-reader.ts";
import { Pace } from "../../../shared/pace.ts";

/** May change the body of a provider's request, and reads the response along with core. */
export interface WireExchange {
  /** Returns the body to send instead. */
  rewrite(body: string): string;
  /** Reads a line of an event stream. */
  readLine(line: string): void;
  /** Reads a whole JSON response. */
  readBody(text: string): void;
}

/**
 * One call of a provider, on the wire. Core's providers call the global `fetch` and do not expose the response. Some
 * ignore the abort signal, and all take a stream that breaks off for a complete one. So the requests that are made for
 * a call, and only those, go through here.
 */
export class ProviderCall {
  readonly signal: AbortSignal;
  /** The HTTP status of the last response of the provider's API. */
  status: number | null = null;
  /** False for an event stream that has not sent its final event (yet); null when that cannot be known. */
  isComplete: boolean | null = null;
  /** Milliseconds for which the first byte of the last read has waited. */
  waitedMs = 0;
  readonly #exchange: WireExchange | null;
  readonly #makesOneRequest: boolean;
  readonly #gathers: boolean;
  /** All of its requests have been made, so that nothing is left to attribute to it. */
  #isFound = false;

  /**
   * @param options.exchange takes part in requests to Anthropic's API.
   * @param options.makesOneRequest the provider makes one request to its API. Otherwise it may make another one, for
   * example when the first one fails.
   * @param options.gathers passes an event stream on at a pace, instead of each chunk as it arrives.
   */
  constructor(
    signal: AbortSignal,
    options: {
      readonly exchange?: WireExchange | null;
      readonly makesOneRequest?: boolean;
      readonly gathers?: boolean;
    } = {},
  ) {
    this.signal = signal;
    this.#exchange = options.exchange ?? null;
    this.#makesOneRequest = options.makesOneRequest ?? false;
    this.#gathers = options.gathers ?? false;
  }

  /** Runs a function whose requests belong to this call. Call `end` when it will make no more of them. */
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
   * Says that the call makes no more requests. An `AsyncLocalStorage` in use slows down every promise of the process in
   * Node 20, so it is disabled while no call is about to make a request.
   */
  end(): void {
    this.#isFound = true;
    searching.delete(this);
    if (searching.size === 0) calls.disable();
  }

  /** Makes a request of this call. */
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
    // A provider may fetch an image first, whose status is of no interest.
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
    const lines =
      exchange === null
        ? new EndFinder(format.end, onEnd)
        : new LineReader((line) => {
            if (format.end.test(line)) onEnd();
            exchange.readLine(line);
          });
    return withBody(
      response,
      replaceRead(body, (read) =>
        this.#tap(this.#gathers ? this.#gather(read, format) : read, lines),
      ),
    );
  }

  #gather(read: ReadBytes, format: WireFormat): ReadBytes {
    const merger = format.name === "openai" ? new FrameMerger() : null;
    const gatherer = new ByteGatherer(read, readPace, (bytes, waitedMs) => {
      this.waitedMs = waitedMs;
      return merger === null ? bytes : merger.merge(bytes);
    });
    return gatherer.read;
  }

  #tap(read: ReadBytes, lines: EndFinder | LineReader): ReadBytes {
    return async () => {
      const next = await read();
      if (next.value !== undefined) lines.push(next.value);
      else lines.end();
      return next;
    };
  }
}

function withBody(response: Response, body: BodyInit): Response {
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  // `fetch` has already decoded the body.
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Response(body, { status, statusText, headers });
}

/** Not longer than the pace of those who read an answer, so that text gathered here does not wait a second time. */
const readPace = new Pace(20);
const calls = new AsyncLocalStorage<ProviderCall>();
/** The calls that may still make a request. */
const searching = new Set<ProviderCall>();
let patched: typeof fetch | null = null;

/** Other libraries wrap the global `fetch` too, such as Next.js, so it is wrapped again when it has changed. */
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
  /** The line of an event stream that marks the answer as complete. */
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
