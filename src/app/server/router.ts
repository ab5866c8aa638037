import { initTRPC } from "@trpc/server";
import { after } from "next/server";
import { createChatRouter } from "node-llm-trpc/server";
import { titleInstructions } from "../offline/name-chat.ts";
import { sourcesSchema } from "../offline/search-docs-tool.ts";
import { services } from "./services.ts";

/** Clients reconnect shortly after two missed pings. */
const t = initTRPC.create({
  sse: {
    ping: { enabled: true, intervalMs: 3_000 },
    client: { reconnectAfterInactivityMs: 8_000 },
  },
});

const instructions =
  "You are the assistant in the demo of the npm package node-llm-trpc. Use search_docs for questions about the package. Answer in Markdown, briefly.";

function createAppRouter() {
  const { prisma, hub, drain, llm, models, tools } = services();
  return t.router({
    chat: createChatRouter({
      procedure: t.procedure,
      prisma,
      llm,
      scope: "everyone", // the demo has no accounts
      // All visitors share these.
      limits: {
        answersAtOnce: 16,
        answersPerMinute: 240,
        openSubscriptions: 100,
        chatsPerMinute: 240,
      },
      hub,
      drain,
      models,
      tools,
      data: { sources: sourcesSchema },
      instructions,
      clientInstructions: "append", // in the dialog "Chat settings"
      titles: { instructions: titleInstructions },
      background: (answer) => after(answer),
    }),
  });
}

export type AppRouter = ReturnType<typeof createAppRouter>;

let router: AppRouter | undefined;

/** Created with the first request, because a build must not open the database. */
export function appRouter(): AppRouter {
  return (router ??= createAppRouter());
}

/** Calls procedures on the server, without HTTP. */
export function createCaller() {
  return t.createCallerFactory(appRouter())({});
}
