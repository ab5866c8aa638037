import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream, startChatServer } from "../support/servers/start-chat-server.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { watchStatements } from "../support/databases/watch-statements.ts";

describeDatabases((_name, open) => {
  it("send answers after two reads and one transaction of two statements", async () => {
    const statements: string[] = [];
    const watched = watchStatements(await open(), (sql) => {
      statements.push(sql.split(" ", 1)[0] ?? "");
    });
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    const server = await startChatServer(watched.prisma, llm);
    const client = server.client("ada");
    const chat = await client.chat.create.mutate({});
    const send = async () => {
      statements.length = 0;
      const id = randomUUID();
      const sent = await client.chat.send.mutate({ chatId: chat.id, content: "How?", id });
      const count = statements.indexOf("UPDATE") + 1;
      const made = statements.slice(0, count);
      await readStream(client, { messageId: sent.assistantMessage.id });
      return { id, made };
    };
    await send();
    const { id, made } = await send();
    expect(made).toEqual(["SELECT", "SELECT", "BEGIN", "INSERT", "UPDATE"]);

    // A repetition is found all the same, and makes nothing.
    const repeated = await client.chat.send.mutate({ chatId: chat.id, content: "How?", id });
    expect(repeated.assistantMessage).toMatchObject({ parentId: id, content: "Fine." });
    expect(await watched.prisma.llmMessage.count()).toBe(4);
    await watched.close();
  });
});
