import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { TRPCError } from "@trpc/server";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../support/clients/read-stream.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { failureOf } from "../support/failure-of.ts";
import type { AppRouterOptions } from "../support/servers/create-app-router.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";

describeDatabases((_name, open) => {
  async function start(options: AppRouterOptions = {}) {
    const { prisma } = await open();
    const provider = createScriptedProvider([["Hello."]], { repeatLast: true });
    const llm = createLLM({ provider, defaultChatModel: "model-a" });
    const server = await startChatServer(prisma, llm, {
      models: ["model-a", "model-b"],
      ...options,
    });
    const counts = async () => [await prisma.llmChat.count(), await prisma.llmMessage.count()];
    return { prisma, provider, server, counts, client: server.client("u1") };
  }

  it("makes the chat and its messages at once, as `create` and `send` would", async () => {
    const { client, server } = await start({ clientInstructions: "append" });
    const newChat = {
      model: "model-b",
      instructions: "Be brief.",
      temperature: 0.5,
      metadata: { from: { page: ["home"] } },
    };
    const attachments = [{ name: "a.txt", mediaType: "text/plain", url: "data:text/plain,Hi" }];
    const sent = await client.chat.send.mutate({ newChat, content: "Hi\nthere", attachments });
    const { chat, userMessage, assistantMessage } = sent;
    const chatId = chat?.id ?? "";
    expect(chat).toMatchObject({ ...newChat, title: "Hi", activeMessageId: assistantMessage.id });
    expect(userMessage).toMatchObject({ chatId, parentId: null, attachments: [{ name: "a.txt" }] });
    expect(assistantMessage).toMatchObject({ chatId, status: "pending", model: "model-b" });
    await readStream(client, { messageId: assistantMessage.id });
    const ended = { ...chat, activeMessageId: null };
    expect(await client.chat.get.query({ chatId })).toMatchObject({
      ...ended,
      updatedAt: expect.any(String),
    });
    const { items } = await client.chat.messages.query({ chatId });
    expect(items.map(({ id }) => id)).toEqual([userMessage.id, assistantMessage.id]);
    const next = await client.chat.send.mutate({ chatId, content: "And?" });
    expect(next.chat).toBeUndefined();
    await readStream(client, { messageId: next.assistantMessage.id });
    expect(next.userMessage.parentId).toBe(assistantMessage.id);
    const strange = failureOf(server.client("u2").chat.get.query({ chatId }));
    expect(await strange).toMatchObject({ data: { code: "NOT_FOUND" } });
  });

  it("keeps the title that the app gives", async () => {
    const { client } = await start();
    const sent = await client.chat.send.mutate({ newChat: { title: "Mine" }, content: "Hi" });
    expect(sent.chat?.title).toBe("Mine");
    await readStream(client, { messageId: sent.assistantMessage.id });
    expect((await client.chat.list.query({})).items).toMatchObject([{ title: "Mine" }]);
  });

  it("leaves nothing behind when it is refused, whatever refuses it", async () => {
    const { client, server, counts, provider } = await start({
      beforeSend: ({ content, chat, procedure }) => {
        expect([procedure, chat.model]).toEqual(["send", "model-a"]);
        if (content === "Refuse me") throw new TRPCError({ code: "FORBIDDEN", message: "No." });
      },
    });
    const other = await server.client("u2").chat.send.mutate({ newChat: {}, content: "Hi" });
    const otherId = other.userMessage.id;
    await readStream(server.client("u2"), { messageId: other.assistantMessage.id });
    const mine = await client.chat.create.mutate({});
    const before = await counts();
    const content = "Hi";
    const refusals: readonly [string, Parameters<typeof client.chat.send.mutate>[0]][] = [
      ["FORBIDDEN", { newChat: {}, content: "Refuse me" }],
      ["BAD_REQUEST", { newChat: {}, content: " " }],
      ["BAD_REQUEST", { content }],
      ["BAD_REQUEST", { newChat: {}, chatId: mine.id, content }],
      ["BAD_REQUEST", { newChat: { model: "other" }, content }],
      ["BAD_REQUEST", { newChat: { instructions: "Obey." }, content }],
      ["BAD_REQUEST", { newChat: {}, content, model: "other" }],
      ["BAD_REQUEST", { newChat: {}, content, id: otherId }],
      ["NOT_FOUND", { newChat: {}, content, parentId: otherId }],
      ["NOT_FOUND", { newChat: {}, content, attachments: [{ id: "missing" }] }],
    ];
    for (const [code, input] of refusals) {
      const error = await failureOf(client.chat.send.mutate(input));
      expect([input, error]).toMatchObject([input, { data: { code } }]);
      expect(await counts()).toEqual(before);
    }
    expect(provider.calls).toBe(1);
  });

  it.each([
    ["without", {}],
    ["with", { beforeSend: () => undefined }],
  ])(
    "makes one chat for one message, however often it is sent, %s `beforeSend`",
    async (_, options) => {
      const { client, counts, provider } = await start(options);
      const input = { newChat: {}, content: "Hi", id: randomUUID() };
      const sent = await Promise.all(
        Array.from({ length: 5 }, () => client.chat.send.mutate(input)),
      );
      sent.push(await client.chat.send.mutate(input));
      const ids = sent.map(({ chat, userMessage, assistantMessage }) =>
        [chat?.id, userMessage.id, assistantMessage.id].join(),
      );
      expect(new Set(ids).size).toBe(1);
      expect(sent[0]?.chat?.id).toBe(sent[0]?.userMessage.chatId);
      expect(await counts()).toEqual([1, 2]);
      await readStream(client, { messageId: sent[0]?.assistantMessage.id ?? "" });
      expect(provider.calls).toBe(1);
      // In another chat it is somebody else's id.
      const chatId = (await client.chat.create.mutate({})).id;
      const elsewhere = client.chat.send.mutate({ chatId, content: "Hi", id: input.id });
      expect(await failureOf(elsewhere)).toMatchObject({ data: { code: "BAD_REQUEST" } });
    },
  );

  it("counts both as a chat and as an answer", async () => {
    const { client, server, counts } = await start({
      limits: { chatsPerMinute: 3, answersPerMinute: 5 },
    });
    const send = () => client.chat.send.mutate({ newChat: {}, content: "Hi" });
    await client.chat.create.mutate({});
    const results = await Promise.allSettled(Array.from({ length: 8 }, send));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    const message = expect.stringMatching(/new chats in a minute \(3\)/);
    const refused = { data: { code: "TOO_MANY_REQUESTS" }, message };
    for (const result of results)
      if (result.status === "fulfilled")
        await readStream(client, { messageId: result.value.assistantMessage.id });
    expect(results.filter(({ status }) => status === "rejected")).toMatchObject(
      Array.from({ length: 6 }, () => ({ reason: refused })),
    );
    expect(await failureOf(client.chat.create.mutate({}))).toMatchObject(refused);
    expect(await counts()).toEqual([3, 4]);
    // Somebody else has limits of their own, among them that of answers.
    const other = server.client("u2");
    const chat = await other.chat.create.mutate({});
    for (let index = 0; index < 5; index++) {
      const sent = await other.chat.send.mutate({ chatId: chat.id, content: "Hi" });
      await readStream(other, { messageId: sent.assistantMessage.id });
    }
    const sixth = other.chat.send.mutate({ newChat: {}, content: "Hi" });
    expect(await failureOf(sixth)).toMatchObject({
      message: expect.stringMatching(/answers in a minute \(5\)/),
    });
    expect(await counts()).toEqual([4, 14]);
  });

  it("lets no more answers run at once, and makes no chat for those that are refused", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([[{ hold: true }, "Hello."]], { repeatLast: true });
    const limits = { answersAtOnce: 2 };
    const server = await startChatServer(prisma, createLLM({ provider }), { limits });
    const client = server.client("u1");
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, () => client.chat.send.mutate({ newChat: {}, content: "Hi" })),
    );
    const ids = results.flatMap((result) =>
      result.status === "fulfilled" ? [result.value.assistantMessage.id] : [],
    );
    expect(ids).toHaveLength(2);
    expect(await prisma.llmChat.count()).toBe(2);
    for (const messageId of ids) await client.chat.stop.mutate({ messageId });
    // What was refused has used up none of the chats of the minute.
    const [account] = await prisma.llmAccount.findMany({ where: { chatsMade: { gt: 0 } } });
    expect(account?.chatsMade).toBe(2);
  });
});
