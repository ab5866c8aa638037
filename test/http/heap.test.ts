import { createLLM } from "@node-llm/core";
import { expect, it, onTestFinished } from "vitest";

import { createMemoryHub } from "node-llm-trpc/server";
import { countObjects } from "../support/count-objects.ts";
import { openSse } from "../support/clients/open-sse.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { startOpenAIServer } from "../support/providers/start-openai-server.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";

/** For more of them: `HEAP_ANSWERS=10000 npx vitest run --project http test/http/heap.test.ts`. */
const answers = Number(process.env["HEAP_ANSWERS"] ?? "60");
const warmUp = 30;
const atOnce = 10;
/** Less than one object for each answer of a short run, and no more than that of a long one. */
const mayStay = 60;
const timeout = 120_000 + answers * 200;

describeDatabases((_name, open) => {
  it("nothing of an answer stays in memory after its end", { timeout }, async () => {
    const database = await open();
    // What Prisma has compiled would be most of what stays.
    const prisma = database.connect({ queryPlanCacheMaxSize: 0 });
    const openAI = await startOpenAIServer(() => ({ text: ["One, ", "two, ", "three."] }));
    onTestFinished(async () => await openAI.close());
    const llm = createLLM({
      provider: "openai",
      openaiApiKey: "sk-test",
      openaiApiBase: openAI.baseUrl,
    });
    const many = warmUp + answers;
    const limits = { answersAtOnce: many, answersPerMinute: many, chatsPerMinute: many };
    const server = await startChatServer(prisma, llm, {
      models: ["gpt-4o"],
      limits,
      hub: createMemoryHub({ retention: 0 }),
    });
    const { chat } = server.client("u1");

    /** Produces an answer that is read over a connection of its own. */
    async function answer(): Promise<void> {
      const { assistantMessage } = await chat.send.mutate({ newChat: {}, content: "Count" });
      const { signal } = new AbortController();
      const input = { messageId: assistantMessage.id };
      const { events } = await openSse(server.url, input, { userId: "u1", signal });
      const seen = [];
      for await (const { data } of events) seen.push(data);
      const content = "One, two, three.";
      expect(seen.at(-1)).toMatchObject({ type: "done", message: { content } });
    }

    async function answerAll(count: number): Promise<void> {
      for (let begun = 0; begun < count; begun += atOnce)
        await Promise.all(Array.from({ length: atOnce }, answer));
      openAI.requests.length = 0;
    }

    await answerAll(warmUp);
    const before = countObjects(Object);
    await answerAll(answers);
    // A connection may still be closing.
    await expect.poll(() => countObjects(Object), { interval: 500 }).toBeLessThan(before + mayStay);
  });
});
