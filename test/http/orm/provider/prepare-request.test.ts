import { describe, expect, it } from "vitest";
import { z as otherZod3 } from "zod/v3";

import { createChat, loadChat } from "node-llm-trpc/orm";
import { readText } from "../../../support/clients/read-text.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { openOpenAI } from "../../../support/providers/open-openai.ts";
import { tool } from "../../../support/providers/tool.ts";

const toolCall = { id: "call_1", name: "get_time", arguments: "" };
const time = tool("get_time", async () => "12:00");

describeDatabases(
  (_name, open) => {
    describe("requests to OpenAI", () => {
      it("have no empty list of tools, and none of core's own fields in their messages", async () => {
        const { prisma } = await open();
        const { server, llm } = await openOpenAI([{ toolCalls: [toolCall] }, { text: ["Noon."] }]);
        const chat = await createChat(prisma, llm, { model: "gpt-4o", tools: [time] });
        await chat.ask("Time?");
        const plain = await createChat(prisma, llm, { model: "gpt-4o" });
        await plain.ask("Hi");
        await readText(plain.askStream("Hi again"));
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

      it("ask for the same thinking again after a tool", async () => {
        const { prisma } = await open();
        const { server, llm } = await openOpenAI([{ toolCalls: [toolCall] }, { text: ["Noon."] }]);
        const chat = await createChat(prisma, llm, { model: "gpt-5", tools: [time] });
        await chat.ask("Time?", { thinking: { effort: "high" } });
        expect(server.requests).toMatchObject([
          { reasoning_effort: "high" },
          { reasoning_effort: "high" },
        ]);
      });

      it("are incomplete without [DONE], even if the text contains it", async () => {
        const { prisma } = await open();
        const { llm } = await openOpenAI([
          { text: ["A stream ends with data: [DONE]"], end: "eof" },
        ]);
        const chat = await createChat(prisma, llm, { model: "gpt-4o" });
        await expect(readText(chat.askStream("How?"))).rejects.toMatchObject({
          code: "STREAM_INCOMPLETE",
        });
      });

      it("describe an answer's schema that comes from another copy of zod 3", async () => {
        const { prisma } = await open();
        const { server, llm } = await openOpenAI([{ text: ['{"city":"Oslo"}'] }]);
        const chat = await createChat(prisma, llm, { model: "gpt-4o" });
        await chat.withSchema(otherZod3.object({ city: otherZod3.string() })).ask("Where?");
        expect(server.requests[0]).toMatchObject({
          response_format: {
            json_schema: { schema: { type: "object", properties: { city: { type: "string" } } } },
          },
        });
      });

      it("limit the history as asked, without splitting a round of tools", async () => {
        const { prisma } = await open();
        const { server, llm } = await openOpenAI([
          { text: ["x".repeat(4000)] },
          { toolCalls: [toolCall] },
          { text: ["Noon."] },
          { text: ["Fine."] },
        ]);
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
