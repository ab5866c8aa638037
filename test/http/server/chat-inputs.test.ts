import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { describeDatabases } from "../../support/databases/describe-databases.ts";
import { startChatServer } from "../../support/servers/start-chat-server.ts";

describeDatabases((_name, open) => {
  it("refuses bad input with an error that says what to do, and writes nothing", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider("Hi");
    const server = await startChatServer(prisma, createLLM({ provider }), {
      models: ["scripted-model"],
      limits: { maxPromptChars: 10, maxAttachments: 1, maxAttachmentChars: 100 },
    });
    const client = server.client("u1");
    const chat = await client.chat.create.mutate({});
    const other = await client.chat.create.mutate({});
    const chatId = chat.id;
    const send = client.chat.send.mutate;
    const png = { name: "a.png", mediaType: "image/png", url: "data:image/png;base64,AA==" };
    const refused: [() => Promise<unknown>, string, RegExp][] = [
      [() => send({ chatId: randomUUID(), content: "Hi" }), "NOT_FOUND", /no such chat/],
      [() => send({ chatId, content: "  \n" }), "BAD_REQUEST", /empty/],
      [() => send({ chatId, content: "x".repeat(11) }), "BAD_REQUEST", /at most 10 characters/],
      [
        () => send({ chatId, content: "Hi", model: "gpt-99" }),
        "BAD_REQUEST",
        /Choose one of: scripted-model/,
      ],
      [() => send({ chatId: "../etc", content: "Hi" }), "BAD_REQUEST", /not an id/],
      [() => send({ chatId, content: "Hi", id: "17" }), "BAD_REQUEST", /must be a UUID/],
      [
        () => send({ chatId, content: "Hi", attachments: [png, png] }),
        "BAD_REQUEST",
        /at most 1 attachments/,
      ],
      [
        () => send({ chatId, content: "Hi", attachments: [{ ...png, url: "/etc/passwd" }] }),
        "BAD_REQUEST",
        /not a data: URL/,
      ],
      [
        () => send({ chatId, content: "Hi", attachments: [{ ...png, url: "data:video/mp4,x" }] }),
        "BAD_REQUEST",
        /not accepted/,
      ],
      [() => client.chat.create.mutate({ model: "gpt-99" }), "BAD_REQUEST", /not available/],
      [() => client.chat.get.query({ chatId: randomUUID() }), "NOT_FOUND", /no such chat/],
      [() => client.chat.stop.mutate({ messageId: randomUUID() }), "NOT_FOUND", /no such message/],
      [
        () => client.chat.messages.query({ chatId, cursor: "nonsense" }),
        "BAD_REQUEST",
        /first page/,
      ],
      [() => client.chat.list.query({ cursor: "nonsense" }), "BAD_REQUEST", /first page/],
    ];
    for (const [call, code, message] of refused) {
      await expect(call()).rejects.toMatchObject({
        data: { code },
        message: expect.stringMatching(message),
      });
    }
    expect(await prisma.llmMessage.count()).toBe(0);
    expect(await prisma.llmChat.count()).toBe(2);
    const { userMessage } = await send({ chatId, content: "Hi", id: randomUUID() });
    await expect(
      send({ chatId: other.id, content: "Hi", id: userMessage.id }),
    ).rejects.toMatchObject({
      data: { code: "BAD_REQUEST" },
    });
  });

  it("refuses a temperature outside of 0 to 2", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("") });
    const client = (await startChatServer(prisma, llm)).client("u1");
    const { id: chatId } = await client.chat.create.mutate({ temperature: 2 });
    await expect(client.chat.update.mutate({ chatId, temperature: 2.1 })).rejects.toThrow(
      "at most 2",
    );
    await expect(client.chat.create.mutate({ temperature: -0.1 })).rejects.toThrow("at least 0");
    expect(await client.chat.get.query({ chatId })).toMatchObject({ temperature: 2 });
  });
});
