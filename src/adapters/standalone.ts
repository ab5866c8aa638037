import type { RequestListener, Server } from "node:http";
import { createServer } from "node:http";
import type { AnyTRPCRouter } from "@trpc/server";
import type { CreateHTTPHandlerOptions } from "@trpc/server/adapters/standalone";
import { createHTTPHandler as createHandler } from "@trpc/server/adapters/standalone";
import { continueResponse } from "./continue-response.ts";
import type { ReportError } from "./report-error.ts";

export type {
  CreateHTTPContextOptions,
  CreateHTTPHandlerOptions,
} from "@trpc/server/adapters/standalone";

/**
 * tRPC's `createHTTPHandler`, with subscriptions at a fraction of the cost. Requests and responses are the same, byte for
 * byte. It works with any tRPC router.
 */
export function createHTTPHandler<TRouter extends AnyTRPCRouter>(
  opts: CreateHTTPHandlerOptions<TRouter>,
): RequestListener {
  const { router, onError, responseMeta } = opts;
  return (req, res) => {
    const onFailure: ReportError = (failure) => onError?.({ ...failure, req });
    const continued = continueResponse({ router, req, res, onError: onFailure, responseMeta });
    createHandler(Object.assign({}, opts, { router: continued }))(req, res);
  };
}

/**
 * tRPC's `createHTTPServer`, with subscriptions at a fraction of the cost.
 *
 * @example
 * ```ts
 * createHTTPServer({ router: appRouter, createContext }).listen(3000);
 * ```
 */
export function createHTTPServer<TRouter extends AnyTRPCRouter>(
  opts: CreateHTTPHandlerOptions<TRouter>,
): Server {
  return createServer(createHTTPHandler(opts));
}
