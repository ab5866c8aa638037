import type { AnyTRPCRouter } from "@trpc/server";
import { askTrpc } from "./ask-trpc.ts";
import { noEvents } from "./replace-subscriptions.ts";

/** What a response to a subscription begins with. Its status is 200. */
export interface EventStreamHead {
  readonly headers: Headers;
  /** The bytes before the first event. */
  readonly text: string;
}

/** By the config of a router: an app may make its router anew for each request. */
const heads = new WeakMap<object, Promise<EventStreamHead | null>>();

/**
 * What each response to a subscription of a router begins with, unless the app adds something. tRPC is asked only once,
 * because its streams take a millisecond of CPU.
 *
 * @param path any subscription of the router.
 * @returns null when tRPC answers with an error instead, as it does when its options do not fit together.
 */
export function eventStreamHead(
  router: AnyTRPCRouter,
  path: string,
): Promise<EventStreamHead | null> {
  const config: object = router._def._config;
  const known = heads.get(config);
  if (known !== undefined) return known;
  // When tRPC fails, it does so again when it answers itself.
  const asked = askForHead(router, path).catch(() => null);
  heads.set(config, asked);
  return asked;
}

async function askForHead(router: AnyTRPCRouter, path: string): Promise<EventStreamHead | null> {
  const open = async () => noEvents();
  const question = { router, path, url: "http://localhost", ctx: {}, open };
  const { status, headers, text } = await askTrpc(question);
  // It may be followed by an error.
  const isFrame = text.startsWith("event: connected\n") && text.split(frameEnd).length === 2;
  return status === 200 && isFrame ? { headers, text } : null;
}

export const frameEnd = "\n\n\n";

/** Whether a response is a stream of events, and not an error of tRPC's options. */
export function isEventStream(contentType: unknown): boolean {
  return String(contentType).startsWith("text/event-stream");
}
