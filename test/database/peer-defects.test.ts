import { createLLM, z } from "@node-llm/core";
import { describe, expect, it } from "vitest";

import { createChat, loadChat } from "node-llm-trpc/orm";
import type { Scripts } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { readText } from "../support/clients/read-text.ts";
import { failureOf } from "../support/failure-of.ts";
import { openTurn } from "../support/databases/open-turn.ts";
import { tool } from "../support/providers/tool.ts";
import { watchStatements } from "../support/databases/watch-statements.ts";

const usage = { usage: { input_tokens: 12, output_tokens: 7, total_tokens: 19 } };
const busy = Object.assign(new Error("busy"), { status: 503 });

/** One test for each defect of @node-llm/orm 0.8.0. */
describe("unlike @node-llm/orm 0.8.0", () => {
  describeDatabases((_name, open) => {
    const start = async (scripts: Scripts) => {
      const database = await open();
      const provider = createScriptedProvider(scripts);
      const llm = createLLM({ provider, retry: { attempts: 1 } });
      return { database, prisma: database.prisma, provider, llm };
    };

    it("1. instructions reach the LLM", async () => {
      const { prisma, provider, llm } = await start("Fine.");
      const chat = await createChat(prisma, llm, { instructions: "Be brief." });
      await chat.ask("Hi");
      await (await loadChat(prisma, llm, chat.id)).ask("Hi again");
      for (const request of provider.requests)
        expect(request.messages.filter((message) => message.role === "system")).toEqual([
          { role: "system", content: "Be brief." },
        ]);
    });

    it("2. a streamed answer has its tokens, its provider, and its thinking unchanged", async () => {
      const { prisma, llm } = await start([
        { thinking: { text: "aa" } },
        { thinking: { text: "bb" } },
        { thinking: { text: "cc", tokens: 3 } },
        "Fine.",
        usage,
      ]);
      const chat = await createChat(prisma, llm);
      await readText(chat.askStream("Hi"));
      expect((await chat.messages()).at(-1)).toMatchObject({
        provider: "scripted",
        inputTokens: 12,
        outputTokens: 7,
        thinkingText: "aabbcc",
        thinkingTokens: 3,
      });
    });

    it("3. leaving the loop aborts the request, and no empty answer is replayed", async () => {
      const { prisma, provider, llm } = await start([
        [{ thinking: { text: "Hm." } }, { hold: true }, "late"],
        ["Fine."],
      ]);
      const chat = await createChat(prisma, llm);
      for await (const _ of chat.askStream("Hi")) break;
      expect(provider.aborted).toBe(1);
      await chat.ask("Still there?");
      expect(provider.requests[1]?.messages).toEqual([
        { role: "user", content: "Hi" },
        { role: "user", content: "Still there?" },
      ]);
    });

    it("4. a failed turn keeps its requests, with status and duration", async () => {
      const { prisma, llm } = await start([
        [{ toolCall: { id: "c1", name: "look" } }, usage],
        [{ text: ["Half "], delayMs: 20 }, { error: busy }],
      ]);
      const chat = await createChat(prisma, llm, { tools: [tool("look", async () => "seen")] });
      expect(await failureOf(chat.ask("Hi"))).toBe(busy);
      const requests = await prisma.llmRequest.findMany({ orderBy: { createdAt: "asc" } });
      expect(requests).toMatchObject([
        { statusCode: 200, inputTokens: 12, outputTokens: 7, errorCode: null },
        { statusCode: 503, cost: null, errorCode: "OVERLOADED" },
      ]);
      expect(requests[1]?.duration).toBeGreaterThanOrEqual(15);
    });

    it("5. text survives a crash or an error in the middle, and no failing clean-up hides the error", async () => {
      const { database, prisma, llm } = await start([["Half ", { error: busy }]]);
      const kept = await createChat(prisma, llm, { onFailure: "keep" });
      expect(await failureOf(readText(kept.askStream("Hi")))).toBe(busy);
      expect((await kept.messages()).at(-1)).toMatchObject({ content: "Half ", status: "failed" });

      const crashed = await createChat(prisma, llm);
      await openTurn(prisma, crashed.id, { secondsAgo: 20, text: ["Half an ", "answer"] });
      expect(await failureOf(crashed.ask("Hi"))).toBe(busy);
      expect(await crashed.messages()).toMatchObject([
        { role: "user" },
        { role: "assistant", content: "Half an answer", status: "interrupted" },
        { role: "user", content: "Hi" },
      ]);

      const watched = watchStatements(database, (statement) => {
        if (statement.startsWith("DELETE")) throw new Error("the clean-up failed");
      });
      const chat = await createChat(watched.prisma, llm);
      expect(await failureOf(chat.ask("Hi"))).toBe(busy);
      await watched.close();
    });

    it("6. arguments are encoded once, and two calls with the same id stay two calls", async () => {
      const { prisma, llm } = await start([
        [
          { toolCall: { id: "call_0", name: "look", arguments: { at: "a" } } },
          { toolCall: { id: "call_0", name: "look", arguments: { at: "b" } } },
        ],
        [{ toolCall: { id: "call_0", name: "look", arguments: { at: "c" } } }],
        ["Fine."],
      ]);
      const look = tool("look", async (args) => JSON.stringify(args));
      const chat = await createChat(prisma, llm, { tools: [look] });
      await chat.ask("Look");
      const calls = await prisma.llmToolCall.findMany({ orderBy: { position: "asc" } });
      expect(calls.map((call) => [call.arguments, call.result])).toEqual(
        ["a", "b", "c"].map((at) => [`{"at":"${at}"}`, `{"at":"${at}"}`]),
      );
    });

    it("7. later turns replay the tool calls with their results, the thinking and the attachments", async () => {
      const { prisma, provider, llm } = await start([
        [
          { thinking: { text: "Let me see.", signature: "s1" } },
          { toolCall: { id: "c1", name: "look", arguments: {} } },
        ],
        ["A cat."],
        ["Yes."],
      ]);
      const image = {
        type: "image_url" as const,
        image_url: { url: "data:image/png;base64,AA==" },
      };
      const question = [{ type: "text" as const, text: "What is it?" }, image];
      const look = tool("look", async () => "whiskers");
      const chat = await createChat(prisma, llm, { tools: [look] });
      await chat.ask(question);
      await (await loadChat(prisma, llm, chat.id)).ask("Sure?");
      expect(provider.requests[2]?.messages).toMatchObject([
        { role: "user", content: question },
        { role: "assistant", tool_calls: [{ id: "c1", function: { name: "look" } }] },
        { role: "tool", tool_call_id: "c1", content: "whiskers" },
        { role: "assistant", content: "A cat." },
        { role: "user", content: "Sure?" },
      ]);
      // Only the provider that signed the thinking gets it back, as anthropic-exchange.test.ts shows.
      expect((await chat.messages())[1]).toMatchObject({
        thinkingText: "Let me see.",
        thinkingSignature: "s1",
      });
    });

    it("8. of two questions at once, the second is refused", async () => {
      const { database, prisma, provider, llm } = await start([{ hold: true }, "Fine."]);
      const chat = await createChat(prisma, llm);
      const first = chat.ask("First");
      await provider.waitForHold();
      const second = await loadChat(database.connect(), llm, chat.id);
      expect(await failureOf(second.ask("Second"))).toMatchObject({ code: "CONFLICT" });
      provider.release();
      await first;
      expect(provider.requests.map((request) => request.messages)).toEqual([
        [{ role: "user", content: "First" }],
      ]);
    });

    it("9. options that are not columns do not reach the database", async () => {
      const { prisma, llm } = await start('{"answer":42}');
      const chat = await createChat(prisma, llm, {
        model: "scripted-model",
        tools: [tool("look", async () => "seen")],
        toolExecution: "auto",
        toolChoice: "auto",
        schema: z.object({ answer: z.number() }),
        temperature: 0.5,
        maxTokens: 100,
        params: { seed: 1 },
        requestTimeout: 1_000,
        metadata: { source: "test" },
        userId: "u1",
      });
      expect(await prisma.llmChat.findUnique({ where: { id: chat.id } })).toMatchObject({
        model: "scripted-model",
        metadata: { source: "test" },
        userId: "u1",
      });
      expect(await chat.ask("Hi")).toMatchObject({ content: '{"answer":42}' });
    });

    it("10. messages are ordered without the clock, and only the needed ones are read", async () => {
      const { database, prisma, provider, llm } = await start("Fine.");
      const rows: { sql: string; limit: number }[] = [];
      const watched = watchStatements(database, (sql, values) => {
        if (sql.startsWith("SELECT") && /LlmMessage\W/.test(sql) && !sql.endsWith("FOR UPDATE"))
          rows.push({ sql, limit: limitOf(sql, values) });
      });
      const chat = await createChat(prisma, llm);
      const createdAt = new Date();
      await prisma.llmMessage.createMany({
        data: Array.from({ length: 300 }, (_, index) => ({
          chatId: chat.id,
          role: index % 2 === 0 ? "user" : "assistant",
          content: `${index}`,
          parts: `[["text",${`${index}`.length}]]`,
          position: index + 1,
          createdAt,
        })).toSorted(() => Math.random() - 0.5),
      });
      const limited = await loadChat(watched.prisma, llm, chat.id, {
        context: { maxMessages: 11 },
      });
      await limited.ask("The newest?");
      await watched.close();
      expect(provider.requests[0]?.messages.map((message) => message.content)).toEqual([
        ...Array.from({ length: 10 }, (_, index) => `${290 + index}`),
        "The newest?",
      ]);
      expect(rows.length).toBeGreaterThan(0);
      for (const { sql, limit } of rows) {
        expect(sql).toContain("LIMIT");
        expect(limit).toBeLessThan(20);
      }
      expect((await chat.messages()).map((row) => row.content)).toEqual([
        ...Array.from({ length: 300 }, (_, index) => `${index}`),
        "The newest?",
        "Fine.",
      ]);
    });

    it("11. an unknown cost is null, not 0", async () => {
      const { prisma, llm } = await start([["Fine.", usage]]);
      const chat = await createChat(prisma, llm, { model: "nobody-knows-this-model" });
      expect(await chat.ask("Hi")).toMatchObject({ cost: null, inputTokens: 12 });
      expect(await prisma.llmRequest.findMany()).toMatchObject([{ cost: null }]);
      expect((await chat.stats()).cost).toBeNull();
    });
  });
});

/** The number after LIMIT, or Infinity without one. */
function limitOf(sql: string, values: readonly unknown[]): number {
  const [, number, place, offset] = /\bLIMIT (?:(\d+)|\$(\d+)|\?)( OFFSET \?)?/.exec(sql) ?? [""];
  if (!sql.includes("LIMIT")) return Infinity;
  if (number !== undefined) return Number(number);
  if (place !== undefined) return Number(values[Number(place) - 1]);
  return Number(values.at(offset === undefined ? -1 : -2));
}
