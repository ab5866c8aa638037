import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import type { Scripts } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { ChatService } from "../../src/server/chat-service.ts";
import { hasText } from "../support/clients/has-text.ts";
import { readStream } from "../support/clients/read-stream.ts";
import { readText } from "../support/clients/read-text.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { describeSchema } from "../support/databases/describe-schema.ts";
import { extendedModels } from "../support/databases/specification-models.ts";
import { tool } from "../support/providers/tool.ts";
import type { AppRouterOptions } from "../support/servers/create-app-router.ts";
import { startScriptedChat } from "../support/servers/start-scripted-chat.ts";
import { everyone } from "../support/servers/everyone.ts";

const usage = (input: number, output: number, cached?: number) => ({
  usage: {
    input_tokens: input,
    output_tokens: output,
    ...(cached === undefined ? {} : { cached_tokens: cached }),
  },
});
const look = { toolCall: { id: "c1", name: "look" } };

describeDatabases((_name, open) => {
  async function start(scripts: Scripts, options: AppRouterOptions = {}) {
    const tools = [tool("look", async () => "seen")];
    const database = await open();
    const chat = await startScriptedChat(database, scripts, { tools, ...options });
    const { client, chatId } = chat;
    const newest = async () => (await client.chat.messages.query({ chatId })).items.at(-1);
    /** Reads an answer to its end, which `messages` must return as well. */
    const end = async (messageId: string) => {
      const last = (await readStream(client, { messageId })).at(-1)?.event;
      if (last?.type !== "done") throw new Error("The stream did not end with `done`.");
      expect(await newest()).toEqual(last.message);
      return last.message;
    };
    return { ...chat, database, newest, end };
  }

  it.each([
    ["stop", "stop"],
    ["length", "length"],
    ["content_filter", "content_filter"],
    ["refusal", "refusal"],
    ["a word of tomorrow", "other"],
  ])("that a provider calls %s is stored as %s", async (word, finishReason) => {
    const { database, send, end } = await start([["Half", { finishReason: word }]]);
    const { userMessage, assistantMessage } = await send("Hi");
    expect([userMessage.finishReason, assistantMessage.finishReason]).toEqual([null, null]);
    expect(await end(assistantMessage.id)).toMatchObject({
      status: "complete",
      content: "Half",
      finishReason,
    });
    const chat = await createChat(
      database.prisma,
      createLLM({ provider: createScriptedProvider([["Half", { finishReason: word }]]) }),
    );
    await readText(chat.askStream("Hi"));
    expect((await chat.messages()).map((row) => row.finishReason)).toEqual([null, finishReason]);
  });

  it("is that of the last call, also when an approval came in between", async () => {
    const scripts = [[look], ["Half", { finishReason: "length" }]];
    const { client, send, end } = await start(scripts, { needsApproval: ["look"] });
    const { id: messageId } = (await send("Look")).assistantMessage;
    expect(await end(messageId)).toMatchObject({
      status: "awaiting_approval",
      finishReason: null,
    });
    await client.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
    expect(await end(messageId)).toMatchObject({ status: "complete", finishReason: "length" });
  });

  it("is null when somebody else ended the answer", async () => {
    const { client, provider, send, end } = await start([
      ["Half", { hold: true }],
      [look],
      ["Half", { drop: true }],
    ]);
    const stopped = (await send("One")).assistantMessage.id;
    await readStream(client, { messageId: stopped }, hasText("Half"));
    await client.chat.stop.mutate({ messageId: stopped });
    expect(await end(stopped)).toMatchObject({ status: "stopped", finishReason: null });
    const broken = (await send("Two")).assistantMessage.id;
    expect(await end(broken)).toMatchObject({ status: "failed", finishReason: null });
    expect(provider.calls).toBe(3);
  });

  it("counts cached tokens in the message, the ledger, `stats` and `usage`", async () => {
    const { client, chatId, database, send, end } = await start([
      [look, usage(100, 5, 80)],
      ["Seen.", usage(200, 7)],
      ["Fine.", usage(50, 1, 0)],
    ]);
    const tokens = { inputTokens: 300, outputTokens: 12, cachedTokens: 80, cost: null };
    const first = await end((await send("Look")).assistantMessage.id);
    expect(first.usage).toEqual(tokens);
    const second = await end((await send("Hi")).assistantMessage.id);
    expect(second.usage).toMatchObject({ inputTokens: 50, cachedTokens: 0 });
    const rows = await database.prisma.llmRequest.findMany({ orderBy: { createdAt: "asc" } });
    expect(rows.map((row) => [row.inputTokens, row.cachedTokens])).toEqual([
      [100, 80],
      [200, null],
      [50, 0],
    ]);
    expect(await client.chat.stats.query({ chatId })).toEqual({
      input_tokens: 350,
      output_tokens: 13,
      total_tokens: 363,
      cached_tokens: 80,
      cost: null,
    });
    const { groups } = await client.chat.usage.query({ groupBy: "model" });
    expect(groups).toMatchObject([{ inputTokens: 350, outputTokens: 13, cachedTokens: 80 }]);
  });

  it("leaves `cached_tokens` out when no provider reports any", async () => {
    const { client, chatId, send, end } = await start([["Fine.", usage(3, 2)]]);
    const { usage: used } = await end((await send("Hi")).assistantMessage.id);
    expect(used).toEqual({ inputTokens: 3, outputTokens: 2, cachedTokens: null, cost: null });
    expect(Object.keys(await client.chat.stats.query({ chatId }))).toHaveLength(4);
    const { groups } = await client.chat.usage.query({ groupBy: "day" });
    expect(groups).toMatchObject([{ cachedTokens: null }]);
  });
});

const ledgerStart = extendedModels.indexOf("model LlmUsage");
const withoutColumns =
  extendedModels.slice(0, ledgerStart).replaceAll(/^ {2}(finishReason|cachedTokens) .*\n/gm, "") +
  extendedModels.slice(ledgerStart);

describeSchema("a schema without columns for reasons and cached tokens", withoutColumns, (open) => {
  it("works without them", async () => {
    const { prisma, model } = await open();
    const script = ["Half", { finishReason: "length" }, usage(3, 2, 1)];
    const llm = createLLM({ provider: createScriptedProvider([script]) });
    const answers: Promise<void>[] = [];
    const service = new ChatService<null>({
      prisma,
      llm,
      scope: "everyone",
      background: (answer) => answers.push(answer),
    });
    const { id: chatId } = await service.create(everyone, {});
    await service.send(everyone, { chatId, content: "Hi" });
    await Promise.all(answers);
    expect(await model("LlmMessage").findMany({ where: { role: "assistant" } })).toMatchObject([
      { status: "complete", content: "Half", inputTokens: 3 },
    ]);
    const { items } = await service.messages(everyone, { chatId });
    expect(items.at(-1)).toMatchObject({ finishReason: null, usage: { cachedTokens: null } });
    const counted = { input_tokens: 3, output_tokens: 2, total_tokens: 5, cost: null };
    expect(await service.stats(everyone, chatId)).toEqual(counted);
    const { groups } = await service.usage(everyone, { groupBy: "day" });
    expect(groups).toMatchObject([{ inputTokens: 3, cachedTokens: 1 }]);
  });
});
