import { createLLM } from "@node-llm/core";
import { afterEach, describe, expect, it } from "vitest";
import { z as otherZod3 } from "zod/v3";

import { createChat, loadChat } from "node-llm-trpc/orm";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import type { OpenAIAnswer, OpenAIServer } from "../support/providers/start-openai-server.ts";
import { startOpenAIServer } from "../support/providers/start-openai-server.ts";
import { tool } from "../support/providers/tool.ts";

const opened: OpenAIServer[] = [];
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

async function openAI(...answers: OpenAIAnswer[]) {
  const server = await startOpenAIServer(
    (_request, index) => answers[index] ?? answers.at(-1) ?? {},
  );
  opened.push(server);
  const llm = createLLM({
    provider: "openai",
    openaiApiKey: "sk-test",
    openaiApiBase: server.baseUrl,
  });
  return { server, llm };
}

const toolCall = { id: "call_1", name: "get_time", arguments: "" };
const time = tool("get_time", async () => "12:00");

describeDatabases(
  (_name, open) => {
    describe("what goes to OpenAI", () => {
      it("has no empty list of tools, and nothing of core's own in its messages", async () => {
        const { prisma } = await open();
        const { server, llm } = await openAI({ toolCalls: [toolCall] }, { text: ["Noon."] });
        const chat = await createChat(prisma, llm, { model: "gpt-4o", tools: [time] });
        await chat.ask("Time?");
        const plain = await createChat(prisma, llm, { model: "gpt-4o" });
        await plain.ask("Hi");
        for await (const _ of plain.askStream("Hi again"));
        expect(server.requests.map((request) => "tools" in request)).toEqual([
          true,
          true,
          false,
          false,
        ]);
        expect(server.requests[1]?.messages.slice(1)).toEqual([
          {
            role: "assistant",
            content: null,
            tool_calls: [
              { id: "call_1", type: "function", function: { name: "get_time", arguments: "{}" } },
            ],
          },
          { role: "tool", tool_call_id: "call_1", content: "12:00" },
        ]);
      });

      it("asks for the same thinking again after a tool", async () => {
        const { prisma } = await open();
        const { server, llm } = await openAI({ toolCalls: [toolCall] }, { text: ["Noon."] });
        const chat = await createChat(prisma, llm, { model: "gpt-5", tools: [time] });
        await chat.ask("Time?", { thinking: { effort: "high" } });
        expect(server.requests).toMatchObject([
          { reasoning_effort: "high" },
          { reasoning_effort: "high" },
        ]);
      });

      it("is not taken for complete because the text says [DONE]", async () => {
        const { prisma } = await open();
        const { llm } = await openAI({ text: ["A stream ends with data: [DONE]"], end: "eof" });
        const chat = await createChat(prisma, llm, { model: "gpt-4o" });
        await expect(
          (async () => {
            for await (const _ of chat.askStream("How?"));
          })(),
        ).rejects.toMatchObject({ code: "STREAM_INCOMPLETE" });
      });

      it("describes the shape of an answer that another zod 3 defines", async () => {
        const { prisma } = await open();
        const { server, llm } = await openAI({ text: ['{"city":"Oslo"}'] });
        const chat = await createChat(prisma, llm, { model: "gpt-4o" });
        await chat.withSchema(otherZod3.object({ city: otherZod3.string() })).ask("Where?");
        expect(server.requests[0]).toMatchObject({
          response_format: {
            json_schema: { schema: { type: "object", properties: { city: { type: "string" } } } },
          },
        });
      });

      it("is limited as asked, without a cut through a round of tools", async () => {
        const { prisma } = await open();
        const { server, llm } = await openAI(
          { text: ["x".repeat(4000)] },
          { toolCalls: [toolCall] },
          { text: ["Noon."] },
          { text: ["Fine."] },
        );
        const sent = async (context: object, question: string): Promise<unknown[]> => {
          await (await loadChat(prisma, llm, chat.id, { context })).ask(question);
          const messages = server.requests.at(-1)?.messages ?? [];
          return messages.map(({ role, content }) => [role, content]);
        };
        const chat = await createChat(prisma, llm, { model: "gpt-4o", tools: [time] });
        await chat.ask("First?");
        await chat.ask("Time?");
        const round = [
          ["user", "Time?"],
          ["assistant", null],
          ["tool", "12:00"],
          ["assistant", "Noon."],
        ];
        expect(await sent({ maxMessages: 3 }, "A")).toEqual([...round, ["user", "A"]]);
        expect(await sent({ maxMessages: 4 }, "B")).toEqual([
          ["user", "A"],
          ["assistant", "Fine."],
          ["user", "B"],
        ]);
        expect(await sent({ maxMessages: 1 }, "C")).toEqual([["user", "C"]]);
        expect(await sent({ maxTokens: 1 }, "D?".repeat(50))).toEqual([["user", "D?".repeat(50)]]);
        expect(await sent({ maxTokens: 200 }, "E")).toEqual([
          ...round,
          ["user", "A"],
          ["assistant", "Fine."],
          ["user", "B"],
          ["assistant", "Fine."],
          ["user", "C"],
          ["assistant", "Fine."],
          ["user", "D?".repeat(50)],
          ["assistant", "Fine."],
          ["user", "E"],
        ]);
        expect(await sent({ maxTokens: 5000, maxMessages: 100 }, "F")).toHaveLength(17);
        expect(await sent({}, "G")).toHaveLength(19);
      });
    });
  },
  ["sqlite"],
);
