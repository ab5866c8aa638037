import type { AnyTRPCRouter } from "@trpc/server";
import type { FetchHandlerRequestOptions } from "@trpc/server/adapters/fetch";
import { fetchRequestHandler as handleRequest } from "@trpc/server/adapters/fetch";
import type { EventWriter } from "./event-writer.ts";
import { SubscriptionCapture } from "./subscription-capture.ts";
import { canWriteEvents, isEventStream, writeEvents } from "./write-events.ts";

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
  const { req, router, onError } = opts;
  if (!canWriteEvents(router, req.method)) return handleRequest(opts);
  const capture = new SubscriptionCapture(router);
  const response = await handleRequest(Object.assign({}, opts, { router: capture.router }));
  const { subscription } = capture;
  if (subscription === null || !isEventStream(response.headers.get("content-type")))
    return response;
  const head = await response.text();
  const encoder = new TextEncoder();
  let writer: EventWriter | null = null;
  const body = new ReadableStream<Uint8Array>(
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
          url: new URL(req.url),
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
  const { status, headers } = response;
  return new Response(body, { status, headers });
}
