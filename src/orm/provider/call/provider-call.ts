import { AsyncLocalStorage } from "node:async_hooks";
import { abortReason } from "../../../shared/abortable.ts";
import { onAbort } from "../../../shared/on-abort.ts";
import { Pace } from "../../../shared/pace/pace.ts";
import { BodySource } from "../stream/body-source.ts";
import { BodyTap } from "../stream/body-tap.ts";
import type { ByteSource } from "../stream/byte-source.ts";
import type { Dialect, RewriteContext } from "../wire/dialect.ts";
import type { DialectName } from "../wire/dialects.ts";
import { dialectOf, dialects } from "../wire/dialects.ts";
import type { WireAnswer } from "../wire/wire-answer.ts";
import type { CallTarget } from "../wire/wire-error.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { WireStream } from "../stream/wire-stream.ts";

export interface ProviderCallOptions extends RewriteContext {
  readonly target: CallTarget;
  /** The format of the provider's requests; null when it is not known, so that they are not changed. */
  readonly dialect: DialectName | null;
  /**
   * The provider's code is core's, so that this package reads its responses and it need not. The code of others gets
   * its responses as they are, and they are only read along.
   */
  readonly isRead: boolean;
  /** Whether a stream was asked for. */
  readonly isStream: boolean;
  /** Passes the pieces of a stream on at a pace, instead of each one as it arrives. */
  readonly gathers: boolean;
  readonly idleTimeout: number;
  readonly createIdleError: () => Error;
  /** The provider makes one request to its API. Otherwise it may make another one, as when the first one fails. */
  readonly makesOneRequest: boolean;
}

/**
 * One call of a provider, on the wire. Core's providers call the global `fetch`. Some ignore the abort signal, none can
 * read all that providers may send, and all take a stream that breaks off for a complete one. So the requests that are
 * made for a call, and only those, go through here.
 */
export class ProviderCall {
  readonly signal: AbortSignal;
  /** The HTTP status of the last response of the provider's API. */
  status: number | null = null;
  /** What the last response says. Null when there was none in a known format. */
  answer: WireAnswer | null = null;
  /** The stream of the answer, when this package reads it. */
  stream: WireStream | null = null;
  /** For how long the last response asks to wait before the next attempt, in milliseconds. Null when it does not. */
  retryAfterMs: number | null = null;
  /** Resolves when `stream` is set. */
  readonly opened: Promise<void>;
  readonly #options: ProviderCallOptions;
  #onOpened: () => void = () => undefined;
  /** Removes its listeners from signals that outlive it. */
  readonly #releases = new Set<() => void>();
  /** All of its requests have been made, so that nothing is left to attribute to it. */
  #isFound = false;

  constructor(signal: AbortSignal, options: ProviderCallOptions) {
    this.signal = signal;
    this.#options = options;
    this.opened = new Promise((resolve) => {
      this.#onOpened = resolve;
    });
  }

  /** Runs a function whose requests belong to this call. Call `end` when it will make no more of them. */
  run<Result>(task: () => Result): Result {
    if (this.#isFound) return task();
    patchFetch();
    searching.add(this);
    try {
      return calls.run(this, task);
    } finally {
      if (this.#isFound) this.#stopSearching();
    }
  }

  /** Closes the connection, and says that the call makes no more requests. */
  end(): void {
    this.#stopSearching();
    this.stream?.close();
    for (const release of this.#releases) this.#release(release);
  }

  #release(release: () => void): void {
    this.#releases.delete(release);
    release();
  }

  /**
   * An `AsyncLocalStorage` in use slows down every promise of the process in Node 20, so it is disabled while no call is
   * about to make a request.
   */
  #stopSearching(): void {
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
    const { makesOneRequest, isRead, isStream, gathers, target } = this.#options;
    const dialect = dialectOf(input instanceof Request ? input.url : String(input));
    if (dialect !== null && makesOneRequest) this.#isFound = true;
    const tap = isRead && isStream && dialect !== null ? new BodyTap() : null;
    const response = await this.#send(
      original,
      input,
      { ...init, ...this.#rewritten(dialect, init) },
      tap,
    );
    // A provider may fetch an image first, whose status is of no interest.
    if (dialect !== null || this.status === null) this.status = response.status;
    if (dialect === null) return response;
    this.retryAfterMs = response.ok ? null : readRetryAfter(response.headers.get("retry-after"));
    if (!response.ok) return response;
    if (isRead) this.#stopSearching();
    const reader = new WireReader(dialect, target, gathers || !isStream);
    const body = response.body ?? new Blob().stream();
    if (!isRead) return this.#readAlong(response, body, reader);
    this.answer = reader.answer;
    if (!isStream) return withBody(response, readWhole(body, reader, dialect));
    this.#openStream(tap?.taken ?? new BodySource(body), reader);
    // Core's own reader finds nothing to read, and what it makes of that is of no interest.
    return withBody(response, "");
  }

  async #send(
    original: typeof fetch,
    input: RequestInfo | URL,
    init: RequestInit,
    tap: BodyTap | null,
  ): Promise<Response> {
    const { signal, release } = joinSignals(this.signal, init.signal);
    this.#releases.add(release);
    const options = { ...init, signal };
    try {
      const response = await original(input, tap?.addTo(options) ?? options);
      if (signal.aborted) {
        // Another `fetch` may ignore the signal.
        response.body?.cancel().catch(() => undefined);
        throw abortReason(signal);
      }
      if (!response.ok) tap?.taken?.close();
      return response;
    } catch (error) {
      tap?.taken?.close();
      throw error;
    } finally {
      tap?.end();
      // The call closes what was taken.
      if (tap?.taken) this.#release(release);
    }
  }

  #rewritten(dialect: Dialect | null, init: RequestInit | undefined): RequestInit {
    const { dialect: own } = this.#options;
    const rewrite = own === null || dialect !== dialects[own] ? null : dialect.rewrite;
    return rewrite === null || typeof init?.body !== "string"
      ? {}
      : { body: rewrite(init.body, this.#options) };
  }

  #openStream(source: ByteSource, reader: WireReader): void {
    const { gathers, idleTimeout, createIdleError } = this.#options;
    const pace = gathers ? readPace : null;
    const stream = new WireStream(source, reader, { pace, idleTimeout, createIdleError });
    this.stream = stream;
    // Nobody may be reading when it is aborted.
    this.#releases.add(onAbort(this.signal, () => stream.close()));
    this.#onOpened();
  }

  /** Gives the provider's own code its response as it is. */
  #readAlong(response: Response, body: ReadableStream<Uint8Array>, reader: WireReader): Response {
    const isStream = /event-?stream/.test(response.headers.get("content-type") ?? "");
    if (isStream) this.#stopSearching();
    // Only a stream says by itself whether it is whole.
    if (isStream || !this.#options.isStream) this.answer = reader.answer;
    const tap = new TransformStream<Uint8Array, Uint8Array>({
      transform: (bytes, controller) => {
        reader.push(bytes);
        reader.answer.takePieces();
        controller.enqueue(bytes);
      },
      flush: () => reader.end(),
    });
    return withBody(response, body.pipeThrough(tap));
  }
}

/**
 * Reads a whole response. Core gets a placeholder for it when it has arrived, or the error in it. Its timeout counts
 * until the response begins, so this must not wait for the rest.
 */
function readWhole(
  body: ReadableStream<Uint8Array>,
  reader: WireReader,
  { placeholder }: Dialect,
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: async (controller) => {
      for await (const bytes of body) reader.push(bytes);
      reader.end();
      if (reader.answer.error !== null) throw reader.answer.error;
      controller.enqueue(new TextEncoder().encode(placeholder));
      controller.close();
    },
    cancel: (reason) => body.cancel(reason),
  });
}

/**
 * A signal that aborts with either of two, until it is released: Node.js keeps one of `AbortSignal.any` for as long as
 * it has listeners.
 */
function joinSignals(call: AbortSignal, request: AbortSignal | null | undefined) {
  if (request == null || request === call) return { signal: call, release: () => undefined };
  const joined = new AbortController();
  const removers = [call, request].map((one) => onAbort(one, () => joined.abort(one.reason)));
  return { signal: joined.signal, release: () => removers.forEach((remove) => remove()) };
}

function withBody(response: Response, body: BodyInit): Response {
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  // `fetch` has already decoded the body.
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Response(body, { status, statusText, headers });
}

/** The milliseconds of a `Retry-After` header, which has seconds or a date. Null when it has neither. */
export function readRetryAfter(header: string | null): number | null {
  if (header === null || header.trim() === "") return null;
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
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
