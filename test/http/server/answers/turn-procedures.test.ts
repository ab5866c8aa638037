import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { describe, expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../../../support/clients/read-stream.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";
import { watchStatements } from "../../../support/databases/watch-statements.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";

/** The verb of a statement and the model whose rows it is about. */
function nameStatement(sql: string): string {
  const [verb = ""] = sql.split(" ", 1);
  const [model = ""] = /Llm\w+/.exec(sql) ?? [];
  return `${verb} ${model}`.trim();
}

describeDatabases((name, open) => {
  describe("send", () => {
    it("calls the provider once for one id, however often and to whichever instance it is sent", async () => {
      const database = await open();
      const provider = createScriptedProvider(["Once", { hold: true }, "."]);
      const llm = createLLM({ provider });
      const one = (await startChatServer(database.prisma, llm)).client("u1");
      const two = (await startChatServer(database.connect(), llm)).client("u1");
      const chat = await one.chat.create.mutate({});
      const input = { chatId: chat.id, content: "Hi", id: randomUUID() };
      const sent = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 === 0 ? one : two).chat.send.mutate(input),
        ),
      );
      expect(new Set(sent.map((answer) => answer.assistantMessage.id)).size).toBe(1);
      expect(new Set(sent.map((answer) => answer.userMessage.id))).toEqual(new Set([input.id]));
      await provider.waitForHold();
      provider.release();
      const messageId = sent[0]?.assistantMessage.id ?? "";
      await readStream(one, { messageId });
      expect(provider.calls).toBe(1);
      expect(await database.prisma.llmMessage.count()).toBe(2);
    });

    it("refuses a second question while an answer is in progress, and writes nothing for it", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider([{ hold: true }, "Done."]);
      const client = (await startChatServer(prisma, createLLM({ provider }))).client("u1");
      const chat = await client.chat.create.mutate({});
      await client.chat.send.mutate({ chatId: chat.id, content: "a" });
      await expect(
        client.chat.send.mutate({ chatId: chat.id, content: "b" }),
      ).rejects.toMatchObject({
        data: { code: "CONFLICT" },
      });
      expect(await prisma.llmMessage.count()).toBe(2);
      const page = await client.chat.messages.query({ chatId: chat.id });
      await expect(
        client.chat.regenerate.mutate({ messageId: page.items[1]?.id ?? "" }),
      ).rejects.toMatchObject({
        data: { code: "CONFLICT" },
      });
      await client.chat.stop.mutate({ messageId: page.items[1]?.id ?? "" });
    });

    it("starts a branch when it follows an earlier message", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider([["A1"], ["A2"], ["B2"]]);
      const client = (await startChatServer(prisma, createLLM({ provider }))).client("u1");
      const chat = await client.chat.create.mutate({});
      const ask = async (content: string, parentId?: string | null) => {
        const sent = await client.chat.send.mutate({
          chatId: chat.id,
          content,
          ...(parentId === undefined ? {} : { parentId }),
        });
        await readStream(client, { messageId: sent.assistantMessage.id });
        return sent;
      };
      const first = await ask("q1");
      const second = await ask("q2");
      await ask("q2 edited", second.userMessage.parentId);
      const page = await client.chat.messages.query({ chatId: chat.id });
      expect(page.items.map((message) => [message.content, message.siblings])).toEqual([
        ["q1", { index: 0, count: 1 }],
        ["A1", { index: 0, count: 1 }],
        ["q2 edited", { index: 1, count: 2 }],
        ["B2", { index: 0, count: 1 }],
      ]);
      await client.chat.selectBranch.mutate({ messageId: second.userMessage.id });
      const before = await client.chat.messages.query({ chatId: chat.id });
      expect(before.items.map((message) => [message.content, message.siblings.index])).toEqual([
        ["q1", 0],
        ["A1", 0],
        ["q2", 0],
        ["A2", 0],
      ]);
      await client.chat.selectBranch.mutate({ messageId: page.items[2]?.id ?? "" });
      expect((await client.chat.messages.query({ chatId: chat.id })).items).toEqual(page.items);
      expect(provider.requests[2]?.messages.map((message) => message.content)).toEqual([
        "q1",
        "A1",
        "q2 edited",
      ]);
      await expect(
        client.chat.send.mutate({ chatId: chat.id, content: "x", parentId: randomUUID() }),
      ).rejects.toMatchObject({ data: { code: "NOT_FOUND" } });
      await ask("q1 edited", first.userMessage.parentId);
      expect(
        (await client.chat.messages.query({ chatId: chat.id })).items.map(
          (message) => message.siblings.count,
        ),
      ).toEqual([2, 1]);
    });

    it("returns after one read and one transaction of few statements", async () => {
      const statements: string[] = [];
      const watched = watchStatements(await open(), (sql) => {
        statements.push(nameStatement(sql));
      });
      const usage = { input_tokens: 3, output_tokens: 2 };
      const provider = createScriptedProvider(["Fine.", { usage }], { repeatLast: true });
      const llm = createLLM({ provider });
      const budget = () => ({ tokens: 1_000_000, per: "day" }) as const;
      const server = await startChatServer(watched.prisma, llm, { budget });
      const client = server.client("ada");
      const chat = await client.chat.create.mutate({});
      const send = async () => {
        statements.length = 0;
        const id = randomUUID();
        const sent = await client.chat.send.mutate({ chatId: chat.id, content: "How?", id });
        const end = name === "sqlite" ? "INSERT LlmAccount" : "WITH LlmChat";
        const made = statements.slice(0, statements.indexOf(end) + 1);
        await readStream(client, { messageId: sent.assistantMessage.id });
        return { id, made };
      };
      await send();
      const { id, made } = await send();
      const written =
        name === "sqlite"
          ? // The last one for the limits and the budget of the scope.
            ["BEGIN", "INSERT LlmMessage", "UPDATE LlmChat", "INSERT LlmAccount"]
          : ["WITH LlmChat"];
      // The chat is read together with its newest message.
      expect(made).toEqual(["SELECT LlmMessage", ...written]);

      // A repeated send still finds its messages, and writes nothing.
      const repeated = await client.chat.send.mutate({ chatId: chat.id, content: "How?", id });
      expect(repeated.assistantMessage).toMatchObject({ parentId: id, content: "Fine." });
      expect(await watched.prisma.llmMessage.count()).toBe(4);
      await watched.close();
    });

    it("opens an answer of a new chat, with its first reader, in few statements", async () => {
      const statements: string[] = [];
      const watched = watchStatements(await open(), (sql) => {
        statements.push(nameStatement(sql));
      });
      const provider = createScriptedProvider([{ hold: true }, "Fine."]);
      const client = (await startChatServer(watched.prisma, createLLM({ provider }))).client("ada");
      await client.chat.create.mutate({});
      statements.length = 0;
      const sent = await client.chat.send.mutate({ newChat: {}, content: "How?" });
      const messageId = sent.assistantMessage.id;
      await readStream(client, { messageId }, () => true);
      await provider.waitForHold();
      const made = [...statements];
      provider.release();
      await readStream(client, { messageId });
      const rows = ["INSERT LlmChat", "INSERT LlmMessage", "INSERT LlmAccount"];
      const send = ["BEGIN", ...rows, "COMMIT"];
      const firstEvent = ["SELECT LlmChat", "INSERT LlmAccount"];
      expect(made).toEqual([...send, ...firstEvent]);
      await watched.close();
    });
  });
});
