import type { TRPCError } from "@trpc/server";

/** What tRPC calls with an error, without the request, which each adapter adds. */
export type ReportError = (failure: {
  readonly error: TRPCError;
  readonly type: "query" | "mutation" | "subscription" | "unknown";
  readonly path: string | undefined;
  readonly input: unknown;
  readonly ctx: unknown;
}) => void;
