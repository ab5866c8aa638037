import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { describeDatabases } from "../../support/databases/describe-databases.ts";

const usage = { usage: { input_tokens: 12, output_tokens: 7, total_tokens: 19 } };

describeDatabases((_name, open) => {
  it("adds up the requests of a chat in the database, and keeps an unknown cost null", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([
      ["A", usage],
      ["B", { usage: { ...usage.usage, cost: 0.5 } }],
    ]);
    const chat = await createChat(prisma, createLLM({ provider }), { model: "scripted-model" });
    expect(await chat.stats()).toEqual({
      input_tokens: 0,
      output_tokens: 0,
      total_tokens: 0,
      cost: null,
    });
    await chat.ask("a");
    expect(await chat.stats()).toEqual({
      input_tokens: 12,
      output_tokens: 7,
      total_tokens: 19,
      cost: null,
    });
    await chat.ask("b");
    expect(await chat.stats()).toEqual({
      input_tokens: 24,
      output_tokens: 14,
      total_tokens: 38,
      cost: 0.5,
    });
  });
});
