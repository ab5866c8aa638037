import { AsyncLocalStorage } from "node:async_hooks";

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

  constructor(signal: AbortSignal) {
    this.signal = signal;
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
    const signal = init?.signal ? AbortSignal.any([init.signal, this.signal]) : this.signal;
    const response = await original(input, { ...init, signal });
    this.status = response.status;
    const terminator = terminatorOf(input);
    const isStream = response.headers.get("content-type")?.includes("text/event-stream") ?? false;
    if (!response.ok || response.body === null || !isStream || terminator === null) return response;
    return new Response(this.#watch(response.body, terminator), {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    });
  }

  #watch(body: ReadableStream<Uint8Array>, terminator: string): ReadableStream<Uint8Array> {
    const reader = body.getReader();
    let tail = new Uint8Array();
    this.isComplete = false;
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const { value, done } = await reader.read();
        if (done) {
          controller.close();
          return;
        }
        if (this.isComplete === false) {
          const text = Buffer.concat([tail, value]);
          this.isComplete = text.includes(terminator);
          tail = text.subarray(-terminator.length);
        }
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    });
  }
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

/** How the wire formats end a stream: https://platform.openai.com/docs/api-reference/chat-streaming and https://docs.anthropic.com/en/api/messages-streaming. */
function terminatorOf(input: RequestInfo | URL): string | null {
  const url = input instanceof Request ? input.url : String(input);
  if (url.includes("/chat/completions")) return "[DONE]";
  if (/\/v1\/messages(\?|$)/.test(url)) return "message_stop";
  return null;
}
