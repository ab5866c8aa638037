import { QueryClient } from "@tanstack/react-query";
import { describe, expect, test } from "vitest";
import { FakeChatServer, fakeChat } from "../../../test/support/fakes/fake-chat-server.ts";
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

describe("another user", () => {
  const list = { pages: [{ items: [], nextCursor: null }], pageParams: [null] };

  function open(user: string | null | undefined) {
    const queryClient = new QueryClient();
    const keys = createChatKeys("chat");
    const { client } = new FakeChatServer();
    const contextOf = (next: string | null | undefined) =>
      routerContext(queryClient, keys, client, next);
    const context = contextOf(user);
    const key = keys.key("list", "infinite", {});
    queryClient.setQueryData(key, list);
    queryClient.setQueryData(["app"], "kept");
    return { queryClient, contextOf, context, read: () => queryClient.getQueryData(key) };
  }

  test.each([
    ["anna", "eve"],
    ["anna", null],
    [null, "eve"],
  ])("has a context and a cache of its own (%s, %s)", (former, next) => {
    const { queryClient, contextOf, context, read } = open(former);
    expect(contextOf(former)).toBe(context);
    const other = contextOf(next);
    expect(other).not.toBe(context);
    expect(other.session("a")).not.toBe(context.session("a"));
    expect(read()).toBeUndefined();
    expect(queryClient.getQueryData(["app"])).toBe("kept");
    expect(contextOf(next)).toBe(other);
  });

  test("is not assumed while it is not known who that is", () => {
    const { contextOf, context, read } = open(undefined);
    expect(contextOf("anna")).toBe(context);
    expect(contextOf(undefined)).toBe(context);
    expect(contextOf("anna")).toBe(context);
    expect(read()).toBe(list);
    expect(contextOf("eve")).not.toBe(context);
  });

  test("sees nothing of what the former one has still asked for", async () => {
    const { queryClient, contextOf, context, read } = open("anna");
    const chat = fakeChat({ id: "a" });
    let fail = (): void => {};
    const renaming = context.lists.mutate("a", { title: "anna" }, () => {
      return new Promise<void>((_, reject) => (fail = () => reject(new Error("logged out"))));
    });
    const { lists } = contextOf("eve");
    const key = createChatKeys("chat").key("list", "infinite", {});
    queryClient.setQueryData(key, list);
    context.lists.add(chat);
    context.lists.update(chat);
    fail();
    await expect(renaming).rejects.toThrow("logged out");
    expect(read()).toBe(list);
    lists.add(chat);
    expect(read()).toMatchObject({ pages: [{ items: [chat] }] });
  });

  test("shares no connection with tabs of the former one", () => {
    const { topic } = createChatKeys("chat");
    const topics = ["anna", "eve", null, undefined].map((user) => topic(user, "watch/a"));
    expect(new Set(topics).size).toBe(4);
  });
});
