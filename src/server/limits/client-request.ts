import { LazyMap } from "../../shared/collections/lazy-map.ts";
import { ChatError } from "../../chat/chat-error.ts";

/**
 * How many calls of one scope a request may have. The pages of an app stay below it: 50 subscriptions are open at once,
 * each for a chat of which a page reads some more, and the clients of tRPC send no more than one message for all of
 * them.
 */
export const maxRequestCalls = 200;

/** What the calls of one request have read together, by the kind of what is read and by scope. */
export class ClientRequest {
  readonly #shares = new LazyMap<string, RequestShare>();
  readonly #calls = new Map<string, number>();

  /**
   * Counts a call before it reads or writes anything.
   *
   * @throws ChatError `TOO_MANY_REQUESTS` when the request has too many calls of the scope.
   */
  addCall(scope: string): void {
    const calls = (this.#calls.get(scope) ?? 0) + 1;
    if (calls > maxRequestCalls) {
      throw new ChatError(
        "TOO_MANY_REQUESTS",
        `One request has more than ${maxRequestCalls} calls, which is the limit. Send the others in requests of their own.`,
        { retryAt: new Date() },
      );
    }
    this.#calls.set(scope, calls);
  }

  share(kind: string, scope: string): RequestShare {
    const key = JSON.stringify([kind, scope]);
    const share = this.#shares.get(key) ?? { pages: 0, bytes: 0 };
    this.#shares.set(key, share);
    return share;
  }
}

/** What one scope has read in one request. */
export interface RequestShare {
  pages: number;
  /** Those of reads in progress are estimated. */
  bytes: number;
}

const requests = new WeakMap<object, ClientRequest>();
let current: ClientRequest | null = null;

/** For how long calls of no known request share one, in milliseconds. */
const unknownMs = 1_000;
let unknown = { request: new ClientRequest(), from: -Infinity };

/**
 * Notes for each call of the procedures which request it belongs to.
 *
 * tRPC says nothing of that: `batchIndex` is only the place among the calls, and older versions lack it; the context and
 * the signal may belong to one call, or to a whole connection. But all versions and adapters begin the calls of a
 * request one after the other, in the same turn.
 */
export function noteRequests<Procedures extends object>(procedures: Procedures): Procedures {
  for (const [name, procedure] of Object.entries(procedures))
    if (typeof procedure === "function") Reflect.set(procedures, name, noting(procedure));
  return procedures;
}

/** @param call a procedure, which tRPC calls with its options. */
function noting(call: Function): object {
  return Object.assign(
    (options: unknown) => Reflect.apply(call, undefined, [withKey(options)]),
    call,
  );
}

/** `getRawInput` is what all middlewares pass on, and what no two calls have in common. */
function withKey(options: unknown): unknown {
  if (typeof options !== "object" || options === null || !("getRawInput" in options))
    return options;
  const { getRawInput: read } = options;
  if (typeof read !== "function") return options;
  const getRawInput = (): unknown => Reflect.apply(read, options, []);
  requests.set(getRawInput, requestOfThisTurn());
  return { ...options, getRawInput };
}

function requestOfThisTurn(): ClientRequest {
  if (current !== null) return current;
  current = new ClientRequest();
  // The calls of one message of a WebSocket are in the queue already.
  queueMicrotask(() => void (current = null));
  return current;
}

/**
 * The request that a call belongs to.
 *
 * @param options what tRPC calls a resolver with. When a middleware of the app has replaced `getRawInput`, the call
 * shares a request with all such calls of the same second.
 */
export function requestOf(options: object): ClientRequest {
  const known = "getRawInput" in options ? options.getRawInput : undefined;
  const request = typeof known === "function" ? requests.get(known) : undefined;
  if (request !== undefined) return request;
  const now = performance.now();
  if (now - unknown.from >= unknownMs) unknown = { request: new ClientRequest(), from: now };
  return unknown.request;
}
