import type { AnyTRPCRouter } from "@trpc/server";
import type {
  NodeHTTPRequest,
  NodeHTTPRequestHandlerOptions,
  NodeHTTPResponse,
} from "@trpc/server/adapters/node-http";
import { nodeHTTPRequestHandler as handleRequest } from "@trpc/server/adapters/node-http";
import { continueResponse } from "./continue-response.ts";
import type { ReportError } from "./report-error.ts";

export { createHTTPHandler } from "./standalone.ts";
export type {
  NodeHTTPCreateContextFn,
  NodeHTTPCreateContextFnOptions,
  NodeHTTPCreateContextOption,
  NodeHTTPHandlerOptions,
  NodeHTTPRequest,
  NodeHTTPRequestHandlerOptions,
  NodeHTTPResponse,
} from "@trpc/server/adapters/node-http";

/**
 * tRPC's `nodeHTTPRequestHandler`, with subscriptions at a fraction of the cost. Requests and responses are the same,
 * byte for byte. It works with any tRPC router.
 *
 * @returns a promise that resolves when the response has been sent. It never rejects.
 */
export async function nodeHTTPRequestHandler<
  TRouter extends AnyTRPCRouter,
  TRequest extends NodeHTTPRequest,
  TResponse extends NodeHTTPResponse,
>(opts: NodeHTTPRequestHandlerOptions<TRouter, TRequest, TResponse>): Promise<void> {
  const { router, req, res, onError, responseMeta } = opts;
  const onFailure: ReportError = (failure) => onError?.({ ...failure, req });
  const continued = continueResponse({ router, req, res, onError: onFailure, responseMeta });
  await handleRequest(Object.assign({}, opts, { router: continued }));
}
