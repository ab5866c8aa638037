import { createLLM } from "@node-llm/core";
import { expect, it, vi } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../../support/clients/read-stream.ts";
import { describeDatabases } from "../../support/databases/describe-databases.ts";
import { startChatServer } from "../../support/servers/start-chat-server.ts";

describeDatabases((_name, open) => {
  it("continues when the app's `onError` rejects", async () => {
    const { prisma } = await open();
    const log = vi.spyOn(console, "error").mockReturnValue();
    const provider = createScriptedProvider([[{ fail: 500 }]]);
    const rejection = new Error("The log is full");
    const server = await startChatServer(prisma, createLLM({ provider, retry: { attempts: 1 } }), {
      onError: () => Promise.reject(rejection),
    });
    const client = server.client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    const { assistantMessage } = await client.chat.send.mutate({ chatId, content: "Hi" });
    await readStream(client, { messageId: assistantMessage.id });
    await expect.poll(() => log.mock.lastCall?.[1]).toBe(rejection);
    log.mockRestore();
  });
});
