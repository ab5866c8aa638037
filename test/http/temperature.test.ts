import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat, loadChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { ChatService } from "../../src/server/chat-service.ts";
import { readStream } from "../support/clients/read-stream.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { describeSchema } from "../support/databases/describe-schema.ts";
import { extendedModels } from "../support/databases/specification-models.ts";
import { everyone } from "../support/servers/everyone.ts";

describeDatabases((_name, open) => {
  it("comes from the chat, else from the router, else is not sent", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider("Fine.");
    const llm = createLLM({ provider });
    const warm = (await startChatServer(prisma, llm, { temperature: 0.7 })).client("u1");
    const plain = (await startChatServer(prisma, llm)).client("u1");
    const chat = await warm.chat.create.mutate({ temperature: 0 });
    expect(chat.temperature).toBe(0);
    const chatId = chat.id;
    const sent = async (client: typeof warm) => {
      const { assistantMessage } = await client.chat.send.mutate({ chatId, content: "Hi" });
      await readStream(client, { messageId: assistantMessage.id });
      return provider.requests.at(-1)?.temperature;
    };
    expect(await sent(warm)).toBe(0);
    expect(await sent(plain)).toBe(0);
    expect((await warm.chat.update.mutate({ chatId, temperature: 1.5 })).temperature).toBe(1.5);
    expect((await warm.chat.update.mutate({ chatId, title: "T" })).temperature).toBe(1.5);
    expect(await sent(warm)).toBe(1.5);
    expect((await warm.chat.update.mutate({ chatId, temperature: null })).temperature).toBeNull();
    expect(await sent(warm)).toBe(0.7);
    expect(await sent(plain)).toBeUndefined();
    expect(Object.keys(provider.requests.at(-1) ?? {})).not.toContain("temperature");
  });

  it("applies in scripts too, where an option of loadChat overrides it", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider("Fine.");
    const llm = createLLM({ provider });
    const { id } = await createChat(prisma, llm, { model: "m", temperature: 0.3 });
    await (await loadChat(prisma, llm, id)).ask("Hi");
    await (await loadChat(prisma, llm, id, { temperature: 0.9 })).ask("Hi");
    await (await loadChat(prisma, llm, id)).withTemperature(1).ask("Hi");
    expect(provider.requests.map(({ temperature }) => temperature)).toEqual([0.3, 0.9, 1]);
  });
});

const withoutColumn = extendedModels.replace(/^ {2}temperature .*\n/m, "");

describeSchema("a schema without a column for the temperature", withoutColumn, (open) => {
  it("works without the column, and refuses a temperature with an error that names it", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider("Fine.");
    const llm = createLLM({ provider });
    const answers: Promise<void>[] = [];
    const service = new ChatService<null>({
      prisma,
      llm,
      scope: "everyone",
      temperature: 0.7,
      background: (answer) => answers.push(answer),
    });
    const { id: chatId } = await service.create(everyone, {});
    expect(await service.update(everyone, { chatId, temperature: null })).toMatchObject({
      temperature: null,
    });
    const refused = { name: "ChatError", code: "BAD_REQUEST", message: /lacks the column/ };
    for (const asked of [
      service.update(everyone, { chatId, temperature: 0 }),
      service.create(everyone, { temperature: 1 }),
    ]) {
      await expect(asked).rejects.toMatchObject({
        ...refused,
        message: expect.stringMatching(refused.message),
      });
    }
    await service.send(everyone, { chatId, content: "Hi" });
    await Promise.all(answers);
    expect(provider.requests[0]).toMatchObject({ temperature: 0.7 });
    await (await createChat(prisma, llm, { model: "m", temperature: 0.3 })).ask("Hi");
    expect(provider.requests[1]).toMatchObject({ temperature: 0.3 });
  });
});
