import type { AnyTRPCRouter } from "@trpc/server";
import { askTrpc } from "./ask-trpc.ts";
import type { EventSink } from "./event-writer.ts";
import { EventWriter } from "./event-writer.ts";
import { frameEnd } from "./event-stream-head.ts";
import { pingClock } from "./ping-clock.ts";
import { failedEvents } from "./replace-subscriptions.ts";
import type { ReportError } from "./report-error.ts";
import type { CapturedSubscription } from "./subscription-capture.ts";

/** Whether this package can write the events of a request to this router. Everything else is left to tRPC. */
export function canWriteEvents(router: AnyTRPCRouter, method: string | undefined): boolean {
  const { sse } = router._def._config;
  return method === "GET" && sse?.enabled !== false && sse?.emitAndEndImmediately !== true;
}

interface WrittenEvents {
  readonly router: AnyTRPCRouter;
  /** Returns the address of the request, which is needed only to describe an error. */
  readonly url: () => URL;
  readonly subscription: CapturedSubscription;
  readonly onError: ReportError;
  readonly sink: EventSink;
  /** Whether the sink takes no more for now; false by default. */
  readonly isFull?: boolean;
}

/** The longest delay of a timer, almost 25 days. A longer one is over at once. */
const longestMs = 2_147_483_647;

/** Writes the events of a subscription that tRPC has opened. */
export function writeEvents(given: WrittenEvents): EventWriter {
  const { sse, transformer } = given.router._def._config;
  const { enabled = false, intervalMs = 1000 } = sse?.ping ?? {};
  const isPinged = enabled && intervalMs > 0 && intervalMs <= longestMs;
  return new EventWriter(given.subscription.events, {
    sink: given.sink,
    isFull: given.isFull ?? false,
    serialize: (value) => transformer.output.serialize(value),
    signal: given.subscription.signal,
    clock: isPinged ? pingClock(intervalMs) : null,
    describeError: (error) => describeError(given, error),
  });
}

/**
 * Lets tRPC describe an error in the middle of a subscription: it formats the error and reports it. What it writes
 * before the error has been written already.
 */
async function describeError(
  { router, url, subscription, onError }: WrittenEvents,
  error: unknown,
): Promise<string> {
  const { path, ctx, isRead } = subscription;
  const { text } = await askTrpc({
    router,
    path,
    url: url(),
    ctx,
    onError,
    open: async (_procedure, { getRawInput }) => {
      if (isRead) await getRawInput();
      return failedEvents(error);
    },
  });
  return text.slice(text.indexOf(frameEnd) + frameEnd.length);
}
