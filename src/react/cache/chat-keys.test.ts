import { createTRPCReact, getQueryKey } from "@trpc/react-query";
import { initTRPC } from "@trpc/server";
import { createTRPCOptionsProxy } from "@trpc/tanstack-react-query";
import { QueryClient } from "@tanstack/react-query";
import { createTRPCClient, unstable_localLink } from "@trpc/client";
import { expect, test } from "vitest";
import { z } from "zod";
import { createChatKeys, readClientPath } from "./chat-keys.ts";

const t = initTRPC.create();
const paged = z.object({
  chatId: z.string().optional(),
  limit: z.number().optional(),
  search: z.string().optional(),
  cursor: z.string().nullish(),
});
const chat = t.router({
  list: t.procedure.input(paged).query(() => ({ items: [], nextCursor: null })),
  messages: t.procedure.input(paged).query(() => ({ items: [], nextCursor: null })),
  get: t.procedure.input(z.object({ chatId: z.string() })).query(() => ""),
  stats: t.procedure.input(z.object({ chatId: z.string() })).query(() => ""),
  usage: t.procedure.input(z.object({ groupBy: z.string() })).query(() => ""),
});
const router = t.router({ chat, ai: t.router({ chat }) });
type AppRouter = typeof router;
const trpc = createTRPCReact<AppRouter>();

test("the keys equal those of @trpc/react-query", () => {
  const keys = createChatKeys("chat");
  expect(keys.key("messages", "infinite", { chatId: "1" })).toEqual(
    getQueryKey(trpc.chat.messages, { chatId: "1" }, "infinite"),
  );
  expect(keys.key("messages", "infinite", { chatId: "1", limit: 20 })).toEqual(
    getQueryKey(trpc.chat.messages, { chatId: "1", limit: 20 }, "infinite"),
  );
  expect(keys.key("list", "infinite", {})).toEqual(getQueryKey(trpc.chat.list, {}, "infinite"));
  expect(keys.key("list", "infinite", { search: "x" })).toEqual(
    getQueryKey(trpc.chat.list, { search: "x" }, "infinite"),
  );
  expect(keys.key("list")).toEqual(getQueryKey(trpc.chat.list));
  expect(keys.key("get", "query", { chatId: "1" })).toEqual(
    getQueryKey(trpc.chat.get, { chatId: "1" }, "query"),
  );
  expect(keys.key("stats", "query", { chatId: "1" })).toEqual(
    getQueryKey(trpc.chat.stats, { chatId: "1" }, "query"),
  );
  expect(keys.key("usage", "query", { groupBy: "day" })).toEqual(
    getQueryKey(trpc.chat.usage, { groupBy: "day" }, "query"),
  );
});

test("a nested router has its full path in the keys", () => {
  expect(createChatKeys("ai.chat").key("list", "infinite", {})).toEqual(
    getQueryKey(trpc.ai.chat.list, {}, "infinite"),
  );
});

test("the keys equal those of @trpc/tanstack-react-query, with and without a prefix", () => {
  const client = createTRPCClient<AppRouter>({ links: [] });
  const queryClient = new QueryClient();
  const plain = createTRPCOptionsProxy<AppRouter>({ client, queryClient });
  expect(createChatKeys("chat").key("messages", "infinite", { chatId: "1" })).toEqual(
    plain.chat.messages.infiniteQueryKey({ chatId: "1" }),
  );
  const prefixed = createTRPCOptionsProxy<AppRouter, { keyPrefix: true }>({
    client,
    queryClient,
    keyPrefix: "api",
  });
  expect(createChatKeys("chat", "api").key("messages", "infinite", { chatId: "1" })).toEqual(
    prefixed.chat.messages.infiniteQueryKey({ chatId: "1" }),
  );
});

test("the path of a tRPC client is where its router is mounted", () => {
  const client = createTRPCClient<AppRouter>({
    links: [unstable_localLink({ router, createContext: async () => ({}) })],
  });
  expect(readClientPath(client.chat)).toBe("chat");
  expect(readClientPath(client.ai.chat)).toBe("ai.chat");
  expect(readClientPath(client)).toBe("");
});

test("any other client has no path", () => {
  expect(readClientPath({})).toBeUndefined();
  expect(readClientPath(Object.create(null))).toBeUndefined();
});
