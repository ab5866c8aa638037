import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../../../support/clients/read-stream.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";

const refused = { data: { code: "BAD_REQUEST", httpStatus: 400 } };

describeDatabases((_name, open) => {
  it("makes any number of versions without a limit", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider(["Done."], { repeatLast: true }) });
    const server = await startChatServer(prisma, llm, { limits: { maxVersions: Infinity } });
    const client = server.client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    const sent = await client.chat.send.mutate({ chatId, content: "Hi" });
    const messageId = sent.assistantMessage.id;
    await readStream(client, { messageId });
    const { assistantMessage } = await client.chat.regenerate.mutate({ messageId });
    expect(assistantMessage.siblingIds).toEqual([messageId, assistantMessage.id]);
    await readStream(client, { messageId: assistantMessage.id });
  });

  it("makes as many versions of a question and of an answer as the limit allows, and writes no row for one more", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider(["Done."], { repeatLast: true }) });
    const server = await startChatServer(prisma, llm, { limits: { maxVersions: 3 } });
    const client = server.client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    const send = async (parentId?: string | null, id: string = randomUUID()) => {
      const sent = await client.chat.send.mutate({ chatId, content: "Hi", id, parentId });
      await readStream(client, { messageId: sent.assistantMessage.id });
      return sent;
    };
    const regenerate = async (messageId: string) => {
      const { assistantMessage } = await client.chat.regenerate.mutate({ messageId });
      await readStream(client, { messageId: assistantMessage.id });
      return assistantMessage;
    };

    const first = await send();
    await regenerate(first.assistantMessage.id);
    const last = await regenerate(first.assistantMessage.id);
    expect(last.siblingIds).toHaveLength(3);
    const second = await send();
    for (const parentId of [last.id, null]) {
      if (parentId === null) await send(parentId);
      const { userMessage } = await send(parentId);
      expect(userMessage.siblingIds.length).toBe(parentId === null ? 3 : 2);
    }
    const { userMessage } = await send(last.id);

    const before = await prisma.llmMessage.count();
    for (const version of [first.assistantMessage.id, last.id])
      expect(await failureOf(client.chat.regenerate.mutate({ messageId: version }))).toMatchObject(
        refused,
      );
    for (const parentId of [last.id, null])
      expect(
        await failureOf(client.chat.send.mutate({ chatId, content: "Hi", parentId })),
      ).toMatchObject(refused);
    expect(await prisma.llmMessage.count()).toBe(before);
    // The last one may be repeated.
    expect((await send(last.id, userMessage.id)).userMessage.id).toBe(userMessage.id);
    // Other messages have versions of their own.
    await regenerate(second.assistantMessage.id);
  });
});
