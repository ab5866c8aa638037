import type { AnyTRPCRouter } from "@trpc/server";
import { resolveResponse } from "@trpc/server/http";
import type { OpenSubscription } from "./replace-subscriptions.ts";
import { replaceSubscriptions } from "./replace-subscriptions.ts";
import type { ReportError } from "./report-error.ts";

interface Question {
  readonly router: AnyTRPCRouter;
  /** The path of a subscription. */
  readonly path: string;
  readonly url: URL | string;
  readonly ctx: unknown;
  readonly onError?: ReportError;
  /** What the subscription does instead. */
  readonly open: OpenSubscription;
}

/** Asks tRPC how it would answer to a subscription with given events. Resolves with the whole response. */
export async function askTrpc({ router, path, url, ctx, onError, open }: Question) {
  const abort = new AbortController();
  const response = await resolveResponse({
    router: replaceSubscriptions(router, open),
    req: new Request(url, { signal: abort.signal }),
    path: encodeURIComponent(path),
    error: null,
    createContext: () => Promise.resolve(ctx),
    onError: ({ req: _req, ...failure }) => onError?.(failure),
  });
  const text = await response.text();
  // Ends the timer of `maxDurationMs`.
  abort.abort();
  return { status: response.status, headers: response.headers, text };
}
