import type { NodeLLMCore } from "@node-llm/core";
import { TRPCClientError } from "@trpc/client";

import { ChatError } from "node-llm-trpc/server";
import type { StreamInput, TrackedEvent } from "../../../src/chat/chat-procedures.ts";
import type { ChatService } from "../../../src/server/chat-service.ts";
import type { TestDatabase } from "../databases/describe-databases.ts";
import { createAppClient } from "../clients/create-app-client.ts";
import { openSse, RefusedError } from "../clients/open-sse.ts";
import type { AppRouterOptions } from "./create-app-router.ts";
import { createAppRouter, listen } from "./create-app-router.ts";

const userId = "u1";

/** What tests ask of an instance. */
export type Instance = Pick<
  ChatService<null>,
  "create" | "send" | "messages" | "respondToTool" | "stop" | "stream"
>;

/** Serves an instance of an app on a free port. All that is asked of it goes over HTTP, and comes from the same user. */
export async function serveInstance(
  prisma: TestDatabase["prisma"],
  llm: NodeLLMCore,
  options: AppRouterOptions,
): Promise<{ instance: Instance; close: () => Promise<void> }> {
  const { server, url } = await listen(createAppRouter(prisma, llm, options));
  const { chat } = createAppClient(url, userId);
  const instance: Instance = {
    create: (_caller, input) => chat.create.mutate(input).catch(rethrow),
    send: (_caller, input) =>
      chat.send.mutate({ ...input, attachments: input.attachments?.slice() }).catch(rethrow),
    messages: (_caller, input) => chat.messages.query(input).catch(rethrow),
    respondToTool: (_caller, input) => chat.respondToTool.mutate(input).catch(rethrow),
    stop: (_caller, messageId) => chat.stop.mutate({ messageId }).catch(rethrow),
    stream: (_caller, input, signal) => readOverHttp(url, input, signal),
  };
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { instance, close };
}

async function* readOverHttp(
  url: string,
  { messageId, lastEventId }: StreamInput,
  signal: AbortSignal,
): AsyncGenerator<TrackedEvent, void, undefined> {
  const leaving = new AbortController();
  const input = { messageId, lastEventId: lastEventId ?? undefined };
  try {
    const options = { userId, signal: AbortSignal.any([signal, leaving.signal]) };
    const { events } = await openSse(url, input, options);
    const end = yield* events;
    if (end === "broken" && !signal.aborted) throw new Error("The connection broke.");
  } catch (error) {
    rethrow(error);
  } finally {
    leaving.abort();
  }
}

/** Throws what an instance in this process throws. */
function rethrow(error: unknown): never {
  if (statusOf(error) !== 404) throw error;
  throw new ChatError("NOT_FOUND", "The server says that it is not there.", { cause: error });
}

function statusOf(error: unknown): unknown {
  if (error instanceof RefusedError) return error.status;
  return error instanceof TRPCClientError ? error.data?.httpStatus : null;
}
