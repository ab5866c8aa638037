import type { ByteSource } from "./byte-source.ts";
import type { ResponseHandler } from "./tapped-response.ts";
import { TappedResponse } from "./tapped-response.ts";

/** What undici sends requests with, as far as it is used here. */
interface Dispatcher {
  dispatch(request: { readonly body?: unknown }, handler: object): boolean;
  /** Undici's own mocks read a request otherwise. */
  readonly isMockActive?: boolean;
}

/** Where Node.js and undici keep the dispatcher that `fetch` uses: it is there after the first request. */
const globalDispatcher = Symbol.for("undici.globalDispatcher.1");

/**
 * Takes the body of a response where undici, the HTTP client behind `fetch`, receives it. `fetch` itself passes each
 * piece through two streams, which costs twice as much as everything before that, and keeps 37 KiB until the end. The
 * request is made with `fetch` and the dispatcher that it would use. Its response begins, or fails, when it would.
 *
 * Where `fetch` is another one, and for an error or a compressed body, nothing is taken: it is in the body as usual.
 */
export class BodyTap {
  #taken: ByteSource | null = null;
  #isOver = false;

  /** The body, when it was taken: that of the response is empty then. */
  get taken(): ByteSource | null {
    return this.#taken;
  }

  /** Adds to the options of a request what makes `fetch` use this. */
  addTo(init: RequestInit): RequestInit {
    // An option that Node.js has, and its types do not know here.
    const given: unknown =
      Reflect.get(init, "dispatcher") ?? Reflect.get(globalThis, globalDispatcher);
    if (!isDispatcher(given)) return init;
    const tap: Dispatcher = {
      dispatch: (request, handler) =>
        given.dispatch(
          given.isMockActive === true ? request : withBytes(request),
          this.#tapped(handler),
        ),
      // Makes `fetch` pass the text of the request, and not a stream of it.
      isMockActive: true,
    };
    return Object.assign({}, init, { dispatcher: tap });
  }

  /** Takes nothing any more: whatever `fetch` receives from now on, nobody waits for it. */
  end(): void {
    this.#isOver = true;
  }

  #tapped(handler: object): object {
    // Another version of undici may call others.
    if (!isResponseHandler(handler)) return handler;
    return new TappedResponse(handler, (response) => {
      if (this.#isOver) return false;
      // A `fetch` that asks twice gives the second response.
      this.#taken?.close();
      this.#taken = response;
      return true;
    });
  }
}

/**
 * undici keeps a stream that is sent, with all of `fetch` that belongs to it, until the response has ended. Bytes of
 * their own do not keep a buffer alive that they share with others.
 */
function withBytes(request: { readonly body?: unknown }): { readonly body?: unknown } {
  const { body } = request;
  return typeof body === "string" ? { ...request, body: new TextEncoder().encode(body) } : request;
}

function isDispatcher(value: unknown): value is Dispatcher {
  return typeof Object(value).dispatch === "function";
}

const methods = ["onConnect", "onHeaders", "onData", "onComplete", "onError"];

function isResponseHandler(handler: object): handler is ResponseHandler {
  return methods.every((name) => typeof Reflect.get(handler, name) === "function");
}
