import type { AnyTRPCRouter } from "@trpc/server";
import type { NodeHTTPRequest, NodeHTTPResponse } from "@trpc/server/adapters/node-http";
import { createURL } from "@trpc/server/adapters/node-http";
import { isEventStream } from "./event-stream-head.ts";
import type { ReportError } from "./report-error.ts";
import type { CapturedSubscription } from "./subscription-capture.ts";
import { SubscriptionCapture } from "./subscription-capture.ts";
import { canWriteEvents, writeEvents } from "./write-events.ts";

interface HandledRequest<Router extends AnyTRPCRouter> {
  readonly router: Router;
  readonly req: NodeHTTPRequest;
  readonly res: NodeHTTPResponse;
  readonly onError: ReportError;
  /** What the app adds to responses. */
  readonly responseMeta: unknown;
}

/**
 * Prepares one request for tRPC's own handler. The response to a subscription is written here, either from its beginning,
 * or, when the app adds to it, after tRPC has written what comes before the first event and ends the response.
 *
 * @returns the router for tRPC's handler.
 */
export function continueResponse<Router extends AnyTRPCRouter>({
  router,
  req,
  res,
  onError,
  responseMeta,
}: HandledRequest<Router>): Router {
  if (!canWriteEvents(router, req.method)) return router;
  const end: unknown = res.end;
  const write = (text: string): boolean => {
    const hasRoom = res.write(text);
    res.flush?.();
    return hasRoom;
  };
  const start = (subscription: CapturedSubscription, isFull: boolean): void => {
    const sink = { write, end: () => void res.end() };
    const writer = writeEvents({
      router,
      url: () => createURL(req),
      subscription,
      onError,
      sink,
      isFull,
    });
    res.on("drain", () => writer.resume());
    res.once("close", () => writer.stop());
  };
  const capture = new SubscriptionCapture(
    router,
    responseMeta === undefined
      ? (subscription, head) => {
          if (res.headersSent) return false;
          Object.assign(res, { end });
          for (const [name, value] of head.headers) res.setHeader(name, value);
          start(subscription, !write(head.text));
          return true;
        }
      : null,
  );
  const endLater = (...args: unknown[]): unknown => {
    Object.assign(res, { end });
    const { subscription } = capture;
    if (subscription === null || res.destroyed || !isEventStream(res.getHeader("content-type")))
      return Reflect.apply(res.end, res, args);
    start(subscription, res.writableNeedDrain);
    return res;
  };
  Object.assign(res, { end: endLater });
  return capture.router;
}
