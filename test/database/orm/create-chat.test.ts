import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { ChatError, createChat, loadChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { describeDatabases } from "../../support/databases/describe-databases.ts";

describeDatabases((_name, open) => {
  it("stores options that are columns, and no others", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("Hi") });
    const chat = await createChat(prisma, llm, {
      model: "scripted-model",
      userId: "u1",
      title: "Mine",
      metadata: { source: "test" },
      temperature: 0.2,
      toolExecution: "dry-run",
      params: { seed: 1 },
    });
    expect(await prisma.llmChat.findUnique({ where: { id: chat.id } })).toMatchObject({
      userId: "u1",
      title: "Mine",
      metadata: { source: "test" },
    });
  });

  it("rejects unknown chats, empty questions and wrong table names, and writes nothing", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("Hi") });
    await expect(loadChat(prisma, llm, randomUUID())).rejects.toMatchObject({ code: "NOT_FOUND" });
    const chat = await createChat(prisma, llm, { model: "scripted-model" });
    await expect(chat.ask("")).rejects.toBeInstanceOf(ChatError);
    await expect(createChat(prisma, llm, { tableNames: { chat: "Nope" } })).rejects.toThrow(
      /no model "Nope".*LlmChat, LlmMessage/s,
    );
    expect(await prisma.llmMessage.count()).toBe(0);
    expect(await prisma.llmChat.count()).toBe(1);
  });
});
