/** What undici calls with the parts of a response, as far as it is used here. */
interface ResponseHandler {
  onHeaders?: (
    status: number,
    headers: unknown,
    resume: () => void,
    statusText: string,
  ) => boolean | undefined;
  onData?: (bytes: Uint8Array) => boolean | undefined;
}

/** What undici sends requests with, as far as it is used here. */
interface Dispatcher {
  dispatch(request: object, handler: ResponseHandler): boolean;
  /** Undici's own mocks read a request otherwise. */
  readonly isMockActive?: boolean;
}

/** Takes bytes of a response. Returns false when there should be no more of them until `BodyTap.resume`. */
type Consumer = (bytes: Uint8Array) => boolean;

/** Where Node.js and undici keep the dispatcher that `fetch` uses: it is there after the first request. */
const globalDispatcher = Symbol.for("undici.globalDispatcher.1");

/**
 * Takes the body of a response where undici, the HTTP client behind `fetch`, receives it. `fetch` itself passes each
 * piece through two streams, which costs twice as much as everything before that. The request is made with `fetch` and
 * the dispatcher that it would use. Its body stays empty, and ends or fails when it would.
 *
 * Where `fetch` is another one, and for an error or a compressed body, nothing is taken: it is in the body as usual.
 */
export class BodyTap {
  #consumer: Consumer | null = null;
  /** What arrived before somebody took it. */
  #early: Uint8Array[] = [];
  #resume: () => void = () => undefined;
  #isPaused = false;

  /** True while the connection waits for `resume`. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Adds to the options of a request what makes `fetch` use this. */
  addTo(init: RequestInit): RequestInit {
    // An option that Node.js has, and its types do not know here.
    const given: unknown =
      Reflect.get(init, "dispatcher") ?? Reflect.get(globalThis, globalDispatcher);
    if (!isDispatcher(given)) return init;
    const tap: Dispatcher = {
      dispatch: (request, handler) => given.dispatch(request, this.#tapped(handler)),
      get isMockActive() {
        return given.isMockActive === true;
      },
    };
    return Object.assign({}, init, { dispatcher: tap });
  }

  /** Begins to take the body. It has been taken by then if the response has begun. */
  open(consumer: Consumer): void {
    this.#consumer = consumer;
    for (const bytes of this.#early.splice(0)) this.#take(bytes);
  }

  /** Lets the connection go on. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#resume();
  }

  #tapped(handler: ResponseHandler): ResponseHandler {
    const { onHeaders, onData } = handler;
    // A later version of undici calls others.
    if (onHeaders === undefined || onData === undefined) return handler;
    // `fetch` keeps on its handler what it needs of a response.
    const tapped: ResponseHandler = Object.create(handler);
    let isTaken = false;
    tapped.onHeaders = (status, headers, resume, statusText) => {
      isTaken = status >= 200 && status < 300 && !isEncoded(headers);
      if (isTaken) this.#resume = resume;
      return onHeaders.call(tapped, status, headers, resume, statusText);
    };
    tapped.onData = (bytes) => (isTaken ? this.#take(bytes) : onData.call(tapped, bytes));
    return tapped;
  }

  #take(bytes: Uint8Array): boolean {
    if (this.#consumer === null) this.#early.push(bytes);
    else this.#isPaused = !this.#consumer(bytes);
    return !this.#isPaused;
  }
}

/** @param headers their names and values in turn, as bytes. */
function isEncoded(headers: unknown): boolean {
  if (!Array.isArray(headers)) return true;
  return headers.some(
    (name, index) => index % 2 === 0 && String(name).toLowerCase() === "content-encoding",
  );
}

function isDispatcher(value: unknown): value is Dispatcher {
  return typeof Object(value).dispatch === "function";
}
