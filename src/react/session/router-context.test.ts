import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { FakeChatServer } from "../../../test/support/fakes/fake-chat-server.ts";
import { createChatKeys } from "../cache/chat-keys.ts";
import { routerContext } from "./router-context.ts";

test("one router has one context per query client, with the latest client", () => {
  const queryClient = new QueryClient();
  const [first, second] = [new FakeChatServer().client, new FakeChatServer().client];
  const context = routerContext(queryClient, createChatKeys("chat"), first);
  expect(routerContext(queryClient, createChatKeys("chat"), second)).toBe(context);
  expect(context.client).toBe(second);
  expect(routerContext(queryClient, createChatKeys("ai.chat"), first)).not.toBe(context);
  expect(routerContext(new QueryClient(), createChatKeys("chat"), first)).not.toBe(context);
});

test("a chat has one session", () => {
  const { client } = new FakeChatServer();
  const context = routerContext(new QueryClient(), createChatKeys("chat"), client);
  expect(context.session("a")).toBe(context.session("a"));
  expect(context.session("a")).not.toBe(context.session("b"));
});
