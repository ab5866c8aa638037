import type { AnyTRPCRouter } from "@trpc/server";
import type { NodeHTTPRequest, NodeHTTPResponse } from "@trpc/server/adapters/node-http";
import { createURL } from "@trpc/server/adapters/node-http";
import { SubscriptionCapture } from "./subscription-capture.ts";
import type { ReportError } from "./write-events.ts";
import { canWriteEvents, isEventStream, writeEvents } from "./write-events.ts";

interface HandledRequest<Router extends AnyTRPCRouter> {
  readonly router: Router;
  readonly req: NodeHTTPRequest;
  readonly res: NodeHTTPResponse;
  readonly onError: ReportError;
}

/**
 * Prepares one request for tRPC's own handler. When that ends the response to a subscription, which it does before the
 * first event, the events are written instead.
 *
 * @returns the router for tRPC's handler.
 */
export function continueResponse<Router extends AnyTRPCRouter>({
  router,
  req,
  res,
  onError,
}: HandledRequest<Router>): Router {
  if (!canWriteEvents(router, req.method)) return router;
  const capture = new SubscriptionCapture(router);
  const end: unknown = res.end;
  const endLater = (...args: unknown[]): unknown => {
    Object.assign(res, { end });
    const { subscription } = capture;
    if (subscription === null || res.destroyed || !isEventStream(res.getHeader("content-type")))
      return Reflect.apply(res.end, res, args);
    const sink = {
      write: (text: string): boolean => {
        const hasRoom = res.write(text);
        res.flush?.();
        return hasRoom;
      },
      end: () => void res.end(),
    };
    const writer = writeEvents({ router, url: createURL(req), subscription, onError, sink });
    res.on("drain", () => writer.resume());
    res.once("close", () => writer.stop());
    return res;
  };
  Object.assign(res, { end: endLater });
  return capture.router;
}
