import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { callProcedure } from "../../../support/clients/call-procedure.ts";
import { readStream } from "../../../support/clients/read-stream.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { hasText } from "../../../support/clients/has-text.ts";

interface PageResponse {
  readonly result: {
    readonly data: {
      readonly items: readonly { readonly id: string }[];
      readonly nextCursor: string | null;
    };
  };
}

describeDatabases((_name, open) => {
  it("pages back through messages while an answer streams", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider((_request, call) =>
      call < 4 ? `a${call}` : ["a4", { hold: true }],
    );
    const client = (await startChatServer(prisma, createLLM({ provider }))).client("u1");
    const chat = await client.chat.create.mutate({});
    for (const content of ["q1", "q2", "q3"]) {
      const { assistantMessage } = await client.chat.send.mutate({ chatId: chat.id, content });
      await readStream(client, { messageId: assistantMessage.id });
    }
    const { assistantMessage } = await client.chat.send.mutate({
      chatId: chat.id,
      content: "q4",
    });
    await readStream(client, { messageId: assistantMessage.id }, hasText("a4"));
    const contents: string[][] = [];
    for (let cursor: string | null = null, more = true; more;) {
      const page = await client.chat.messages.query({ chatId: chat.id, limit: 3, cursor });
      contents.push(page.items.map((message) => message.content));
      cursor = page.nextCursor;
      more = cursor !== null;
    }
    expect(contents).toEqual([
      ["a3", "q4", "a4"],
      ["q2", "a2", "q3"],
      ["q1", "a1"],
    ]);
    expect((await client.chat.get.query({ chatId: chat.id })).title).toBe("q1");
    expect(await client.chat.models.query()).toEqual([
      { id: "scripted-model", isDefault: true, inputPrice: null, outputPrice: null },
    ]);
    await client.chat.stop.mutate({ messageId: assistantMessage.id });
  });

  it("ends a page of long messages early, and loses none", async () => {
    const { prisma } = await open();
    const client = (
      await startChatServer(prisma, createLLM({ provider: createScriptedProvider("") }))
    ).client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    const ids = Array.from({ length: 130 }, (_, index) => `m${index}`);
    await prisma.llmMessage.createMany({
      data: ids.map((id, index) => ({
        id,
        chatId,
        role: index % 2 === 0 ? "user" : "assistant",
        // The newest ones are long; one of them is longer than a page.
        content: "x".repeat(index === 100 ? 2_500_000 : index > 60 ? 100_000 : 10),
        position: index + 1,
        parentId: ids[index - 1] ?? null,
      })),
    });
    await prisma.llmChat.update({ where: { id: chatId }, data: { lastPosition: ids.length } });
    const read: string[][] = [];
    for (let cursor: string | null = null, more = true; more;) {
      const page = await client.chat.messages.query({ chatId, limit: 200, cursor });
      read.unshift(page.items.map(({ id }) => id));
      const chars = page.items.map(({ content }) => content.length);
      // At most one message more than the page may hold.
      expect(chars.slice(1).reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(
        2_500_000,
      );
      cursor = page.nextCursor;
      more = cursor !== null;
    }
    expect(read.flat()).toEqual(ids);
    expect(read.length).toBeGreaterThan(3);
  });

  it.each(["arguments", "result", "output", "progress"] as const)(
    "ends a page of tool calls with a large %s early, and loses none",
    async (column) => {
      const { prisma } = await open();
      const server = await startChatServer(
        prisma,
        createLLM({ provider: createScriptedProvider("") }),
      );
      const { id: chatId } = await server.client("u1").chat.create.mutate({});
      const { url } = server;
      const ids = Array.from({ length: 120 }, (_, index) => `m${index}`);
      await prisma.llmMessage.createMany({
        data: ids.map((id, index) => ({
          id,
          chatId,
          role: index % 2 === 0 ? "user" : "assistant",
          content: "Hi",
          position: index + 1,
          parentId: ids[index - 1] ?? null,
        })),
      });
      // 18 MB altogether.
      const large = JSON.stringify("x".repeat(100_000));
      await prisma.llmToolCall.createMany({
        data: ids
          .filter((_, index) => index % 2 === 1)
          .flatMap((messageId) =>
            ["a", "b", "c"].map((toolCallId) => ({
              messageId,
              toolCallId,
              name: "look",
              arguments: "{}",
              result: column === "progress" ? null : "seen",
              status: column === "progress" ? "running" : "complete",
              [column]: large,
            })),
          ),
      });
      await prisma.llmChat.update({ where: { id: chatId }, data: { lastPosition: ids.length } });
      const read: string[][] = [];
      for (let cursor: string | null = null, more = true; more;) {
        const input = { chatId, limit: 200, cursor };
        const call = { url, user: "u1", kind: "query", path: "chat.messages", input } as const;
        const { body } = await callProcedure(call);
        const page = (JSON.parse(body) as PageResponse).result.data;
        // At most one message more than the page may hold: three calls, whose results are also their outputs.
        expect(Buffer.byteLength(body)).toBeLessThan(2_700_000);
        read.unshift(page.items.map(({ id }) => id));
        cursor = page.nextCursor;
        more = cursor !== null;
      }
      expect(read.flat()).toEqual(ids);
      expect(read.length).toBeGreaterThan(5);
    },
  );
});
