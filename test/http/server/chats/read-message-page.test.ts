import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../../../support/clients/read-stream.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { hasText } from "../../../support/clients/has-text.ts";

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
});
