import type { AnyTRPCRouter } from "@trpc/server";
import type {
  FetchCreateContextFnOptions,
  FetchHandlerRequestOptions,
} from "@trpc/server/adapters/fetch";
import { fetchRequestHandler as handleRequest } from "@trpc/server/adapters/fetch";
import { isEventStream } from "./event-stream-head.ts";
import type { EventWriter } from "./event-writer.ts";
import type { CapturedSubscription } from "./subscription-capture.ts";
import { SubscriptionCapture } from "./subscription-capture.ts";
import { canWriteEvents, writeEvents } from "./write-events.ts";

export type {
  FetchCreateContextFn,
  FetchCreateContextFnOptions,
  FetchCreateContextOption,
  FetchHandlerOptions,
  FetchHandlerRequestOptions,
} from "@trpc/server/adapters/fetch";

/**
 * tRPC's `fetchRequestHandler`, with subscriptions at a fraction of the cost. Requests and responses are the same, byte
 * for byte. It works with any tRPC router.
 *
 * @example
 * ```ts
 * // app/api/trpc/[trpc]/route.ts
 * const handler = (req: Request) =>
 *   fetchRequestHandler({ endpoint: "/api/trpc", req, router: appRouter, createContext });
 * export { handler as GET, handler as POST };
 * ```
 */
export async function fetchRequestHandler<TRouter extends AnyTRPCRouter>(
  opts: FetchHandlerRequestOptions<TRouter>,
): Promise<Response> {
  const { req, router, responseMeta } = opts;
  if (!canWriteEvents(router, req.method)) return handleRequest(opts);
  let added = new Headers();
  const createContext = (options: FetchCreateContextFnOptions) => {
    added = options.resHeaders;
    return opts.createContext?.(options);
  };
  return new Promise((resolve, reject) => {
    const capture = new SubscriptionCapture(router, (subscription, { headers, text }) => {
      if (responseMeta !== undefined || [...added].length > 0) return false;
      resolve(new Response(eventBody(opts, subscription, text), { headers }));
      return true;
    });
    handleRequest(Object.assign({}, opts, { createContext, router: capture.router }))
      .then((response) => continueBody(opts, capture.subscription, response))
      .then(resolve, reject);
  });
}

/** Appends the events to what tRPC has written. */
async function continueBody<TRouter extends AnyTRPCRouter>(
  opts: FetchHandlerRequestOptions<TRouter>,
  subscription: CapturedSubscription | null,
  response: Response,
): Promise<Response> {
  const { status, headers } = response;
  if (subscription === null || !isEventStream(headers.get("content-type"))) return response;
  return new Response(eventBody(opts, subscription, await response.text()), { status, headers });
}

/** @param head the text before the first event. */
function eventBody<TRouter extends AnyTRPCRouter>(
  { router, req, onError }: FetchHandlerRequestOptions<TRouter>,
  subscription: CapturedSubscription,
  head: string,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let writer: EventWriter | null = null;
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        controller.enqueue(encoder.encode(head));
      },
      pull: (controller) => {
        if (writer !== null) {
          writer.resume();
          return;
        }
        writer = writeEvents({
          router,
          url: () => new URL(req.url),
          subscription,
          onError: (failure) => onError?.({ ...failure, req }),
          sink: {
            write: (text) => {
              controller.enqueue(encoder.encode(text));
              return (controller.desiredSize ?? 0) > 0;
            },
            end: () => controller.close(),
          },
        });
      },
      cancel: () => writer?.stop(),
    },
    { highWaterMark: 1 },
  );
}
