import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { createMemoryHub } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { Database } from "../../../../src/orm/database/database.ts";
import { stopAnswer } from "../../../../src/server/answers/stop-answer.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";

describeDatabases((_name, open) => {
  it("a stop right after the end of an answer stops nothing and leaves nothing behind", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider(["One ", { hold: true }, "two"]);
    const chat = await createChat(prisma, createLLM({ provider }));
    const asking = chat.ask("Count");
    await provider.waitForHold();
    const db = Database.open(prisma);
    const before = await db.message.findFirst({ where: { turnLock: chat.id } });
    if (before === null) throw new Error("No answer is in progress.");
    provider.release();
    await asking;
    // Another instance has read the message before its end, and can reach only the database.
    expect(await stopAnswer(db, createMemoryHub(), before)).toBe(false);
    expect(await prisma.llmMessageChunk.count()).toBe(0);
    expect((await chat.messages()).at(-1)).toMatchObject({
      status: "complete",
      content: "One two",
    });
  });
});
