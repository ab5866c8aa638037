import type { ByteSink, ByteSource } from "./byte-source.ts";

/** What undici calls with the parts of a response, as far as `fetch` has it. */
export interface ResponseHandler {
  onConnect(abort: (reason?: unknown) => void, context?: unknown): void;
  onResponseStarted?(): void;
  onHeaders(
    status: number,
    headers: unknown,
    resume: () => void,
    statusText: string,
  ): boolean | undefined;
  onData(bytes: Uint8Array): boolean | undefined;
  onComplete(trailers: unknown): void;
  onError(error: unknown): void;
  onUpgrade?(status: number, headers: unknown, socket: unknown): void;
}

const nothing = (): void => undefined;

/**
 * The response to a request of `fetch`, on its connection. Its body is taken from there when it has one that needs no
 * more than reading. Then `fetch` is told that the body is empty, and keeps nothing of it.
 */
export class TappedResponse implements ResponseHandler, ByteSource {
  isPaused = false;
  /** The handler of `fetch`; null when the body is taken. */
  #fetch: ResponseHandler | null;
  readonly #onTaken: (response: ByteSource) => void;
  #sink: ByteSink | null = null;
  /** What arrived before somebody took it. */
  #early: Uint8Array[] = [];
  #end: { readonly error: unknown } | "done" | null = null;
  #resume = nothing;
  #abort = nothing;

  /** @param onTaken called when the body comes from here, before `fetch` has a response. */
  constructor(handler: ResponseHandler, onTaken: (response: ByteSource) => void) {
    this.#fetch = handler;
    this.#onTaken = onTaken;
  }

  open(sink: ByteSink): void {
    this.#sink = sink;
    for (const bytes of this.#early.splice(0)) this.onData(bytes);
    this.#passEnd();
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.#resume();
  }

  /** An answer may be whole just before its response is, whose connection can be used again then. */
  close(): void {
    this.#sink = null;
    if (this.#end === null) setImmediate(() => this.#abort());
  }

  onConnect(abort: (reason?: unknown) => void, context?: unknown): void {
    this.#abort = abort;
    // `fetch` aborts its request when nobody has its response any more.
    const abortFetch = (reason?: unknown): void => {
      if (this.#fetch !== null) abort(reason);
    };
    this.#fetch?.onConnect(abortFetch, context);
  }

  onResponseStarted(): void {
    this.#fetch?.onResponseStarted?.();
  }

  onHeaders(
    status: number,
    headers: unknown,
    resume: () => void,
    statusText: string,
  ): boolean | undefined {
    const handler = this.#fetch;
    if (status < 200 || status >= 300 || isEncoded(headers))
      return handler?.onHeaders(status, headers, resume, statusText);
    this.#fetch = null;
    this.#resume = resume;
    this.#onTaken(this);
    handler?.onHeaders(status, headers, nothing, statusText);
    handler?.onComplete([]);
    return true;
  }

  onData(bytes: Uint8Array): boolean | undefined {
    if (this.#fetch !== null) return this.#fetch.onData(bytes);
    if (this.#sink === null) this.#early.push(bytes);
    else this.isPaused = !this.#sink.onBytes(bytes);
    return !this.isPaused;
  }

  onComplete(trailers: unknown): void {
    if (this.#fetch !== null) this.#fetch.onComplete(trailers);
    else this.#over("done");
  }

  onError(cause: unknown): void {
    if (this.#fetch !== null) this.#fetch.onError(cause);
    // The error that `fetch` fails with.
    else this.#over({ error: new TypeError("terminated", { cause }) });
  }

  onUpgrade(status: number, headers: unknown, socket: unknown): void {
    this.#fetch?.onUpgrade?.(status, headers, socket);
  }

  #over(end: { readonly error: unknown } | "done"): void {
    this.#end = end;
    this.#resume = nothing;
    this.#abort = nothing;
    this.#passEnd();
  }

  #passEnd(): void {
    if (this.#end === "done") this.#sink?.onEnd();
    else if (this.#end !== null) this.#sink?.onError(this.#end.error);
  }
}

/** @param headers their names and values in turn, as bytes. */
function isEncoded(headers: unknown): boolean {
  if (!Array.isArray(headers)) return true;
  return headers.some(
    (name, index) => index % 2 === 0 && String(name).toLowerCase() === "content-encoding",
  );
}
