import { setImmediate } from "node:timers";
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
 *
 * The methods of the handler are its own and need no receiver, because interceptors of undici copy handlers.
 */
export class TappedResponse implements ResponseHandler, ByteSource {
  isPaused = false;
  /** The handler of `fetch`; null when the body is taken. */
  #fetch: ResponseHandler | null;
  readonly #take: (response: ByteSource) => boolean;
  #sink: ByteSink | null = null;
  /** What arrived before somebody took it. */
  #early: Uint8Array[] = [];
  #end: { readonly error: unknown } | "done" | null = null;
  #resume = nothing;
  #abort = nothing;

  /**
   * @param take called when there is a body to take, before `fetch` has a response. Returns false to leave it there.
   */
  constructor(handler: ResponseHandler, take: (response: ByteSource) => boolean) {
    this.#fetch = handler;
    this.#take = take;
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

  readonly onConnect: ResponseHandler["onConnect"] = (abort, context) => {
    this.#abort = abort;
    // `fetch` aborts its request when nobody has its response any more.
    const abortFetch = (reason?: unknown): void => {
      if (this.#fetch !== null) abort(reason);
    };
    this.#fetch?.onConnect(abortFetch, context);
  };

  readonly onResponseStarted = (): void => this.#fetch?.onResponseStarted?.();

  readonly onHeaders: ResponseHandler["onHeaders"] = (status, headers, resume, statusText) => {
    const handler = this.#fetch;
    if (handler === null) return true;
    const hasBody = status >= 200 && status < 300 && !isEncoded(headers);
    if (!hasBody || !this.#take(this))
      return handler.onHeaders(status, headers, resume, statusText);
    this.#resume = resume;
    handler.onHeaders(status, headers, nothing, statusText);
    this.#fetch = null;
    handler.onComplete([]);
    return true;
  };

  readonly onData: ResponseHandler["onData"] = (bytes) => {
    if (this.#fetch !== null) return this.#fetch.onData(bytes);
    if (this.#sink === null) this.#early.push(bytes);
    else this.isPaused = !this.#sink.onBytes(bytes);
    return !this.isPaused;
  };

  readonly onComplete: ResponseHandler["onComplete"] = (trailers) => {
    if (this.#fetch !== null) this.#fetch.onComplete(trailers);
    else this.#over("done");
  };

  readonly onError: ResponseHandler["onError"] = (cause) => {
    if (this.#fetch !== null) this.#fetch.onError(cause);
    // The error that `fetch` fails with.
    else this.#over({ error: new TypeError("terminated", { cause }) });
  };

  readonly onUpgrade: NonNullable<ResponseHandler["onUpgrade"]> = (...response) =>
    this.#fetch?.onUpgrade?.(...response);

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
