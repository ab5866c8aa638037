import { TRPCError } from "@trpc/server";
import { fetchRequestHandler } from "node-llm-trpc/adapters/fetch";
import { databaseProblem } from "../../../server/database-problem.ts";
import { limitBody, maxBodyBytes } from "../../../server/limit-body.ts";
import { appRouter } from "../../../server/router.ts";

export const dynamic = "force-dynamic";
/** How long a serverless platform may let an answer run, in seconds. */
export const maxDuration = 300;

function handler(request: Request): Promise<Response> {
  return fetchRequestHandler({
    endpoint: "/api/trpc",
    req: limitBody(request, maxBodyBytes),
    maxBatchSize: 20,
    router: appRouter(),
    createContext: async () => {
      const message = await databaseProblem();
      if (message !== null) throw new TRPCError({ code: "PRECONDITION_FAILED", message });
      return {};
    },
    onError: ({ error, path }) => {
      if (error.code === "INTERNAL_SERVER_ERROR")
        console.error(`chat: ${path ?? "?"} failed`, error);
    },
  });
}

export { handler as GET, handler as POST };
