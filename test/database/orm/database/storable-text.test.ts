import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { readText } from "../../../support/clients/read-text.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";

describeDatabases((_name, open) => {
  it("an answer that is stopped between the halves of a character is saved without it", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([{ text: ["Thumbs \uD83D"] }, { hold: true }]);
    const chat = await createChat(prisma, createLLM({ provider }));
    const stop = new AbortController();
    const answer = readText(chat.askStream("Thumbs", { signal: stop.signal }));
    await provider.waitForHold();
    stop.abort();
    await expect(answer).rejects.toMatchObject({ name: "AbortError" });
    expect((await chat.messages()).at(-1)).toMatchObject({
      status: "stopped",
      content: "Thumbs ",
      turnLock: null,
    });
  });

  it("surrogate pairs stay whole, however their halves arrive", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([
      { text: ["a\uD83D", "\uDC4Db\uD83D", "\uDC4D"], delayMs: 300 },
    ]);
    const chat = await createChat(prisma, createLLM({ provider }));
    await readText(chat.askStream("Thumbs"));
    expect((await chat.messages()).at(-1)).toMatchObject({ content: "a👍b👍" });
  });
});
