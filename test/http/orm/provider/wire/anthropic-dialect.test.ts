import { createLLM } from "@node-llm/core";
import { afterEach, describe, expect, it } from "vitest";

import { createChat, loadChat } from "node-llm-trpc/orm";
import type {
  AnthropicAnswer,
  AnthropicServer,
} from "../../../../support/providers/start-anthropic-server.ts";
import {
  reachAnthropicAt,
  startAnthropicServer,
} from "../../../../support/providers/start-anthropic-server.ts";
import { describeDatabases } from "../../../../support/databases/describe-databases.ts";
import { tool } from "../../../../support/providers/tool.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function anthropic(...answers: AnthropicAnswer[]): Promise<AnthropicServer> {
  const server = await startAnthropicServer(
    (_request, index) => answers[index] ?? answers.at(-1) ?? {},
  );
  closing.push(() => server.close(), reachAnthropicAt(server.origin));
  return server;
}

function createAnthropic() {
  return createLLM({
    provider: "anthropic",
    anthropicApiKey: "sk-ant-test",
    retry: { attempts: 2, delayMs: 0 },
  });
}

const model = "claude-3-7-sonnet-20250219";
const usage = { input_tokens: 1000, output_tokens: 500 };
/** At $3 per million input tokens and $15 per million output tokens. */
const cost = 0.0105;

async function read(stream: AsyncIterable<{ content: string }>): Promise<string[]> {
  const chunks: string[] = [];
  for await (const { content } of stream) if (content !== "") chunks.push(content);
  return chunks;
}

describeDatabases((_name, open) => {
  describe("core's Anthropic provider, over HTTP", () => {
    it("streams, and counts the input tokens that core leaves out", async () => {
      const { prisma } = await open();
      const server = await anthropic({ blocks: [{ text: ["Hel", "lo", "."] }], usage });
      const chat = await createChat(prisma, createAnthropic(), { model, instructions: "Be kind." });
      expect(await read(chat.askStream("Hi"))).toEqual(["Hel", "lo", "."]);
      expect((await chat.messages()).at(-1)).toMatchObject({
        content: "Hello.",
        status: "complete",
        provider: "Anthropic",
        inputTokens: 1000,
        outputTokens: 500,
        cost,
      });
      expect(await prisma.llmRequest.findMany()).toMatchObject([
        { statusCode: 200, inputTokens: 1000, outputTokens: 500, cost },
      ]);
      expect(server.requests[0]).toMatchObject({ stream: true, system: "Be kind." });
    });

    it.each([
      ["ask", false],
      ["askStream", true],
    ] as const)(
      "%s runs several rounds of tools, with parallel calls",
      async (method, isStream) => {
        const { prisma } = await open();
        const server = await anthropic(
          {
            blocks: [
              { text: ["Let me ", "look. "] },
              { tool: "get_time", id: "toolu_1", input: { zone: "UTC" } },
              { tool: "get_time", id: "toolu_2", json: "" },
            ],
            usage,
          },
          { blocks: [{ tool: "get_time", id: "toolu_3", input: { zone: "CET" } }], usage },
          { blocks: [{ text: ["It is ", "noon."] }], usage },
          { blocks: [{ text: ["Noon."] }], usage },
        );
        const seen: unknown[] = [];
        const time = tool("get_time", async (args) => {
          seen.push(args);
          return `result ${seen.length}`;
        });
        const chat = await createChat(prisma, createAnthropic(), { model, tools: [time] });
        if (isStream) {
          expect(await read(chat.askStream("Time?"))).toEqual([
            "Let me ",
            "look. ",
            "It is ",
            "noon.",
          ]);
        } else await chat.ask("Time?");
        expect(seen).toEqual([{ zone: "UTC" }, {}, { zone: "CET" }]);
        expect((await chat.messages()).at(-1)).toMatchObject({
          content: "Let me look. It is noon.",
          parts:
            '[["text",13],["tool","toolu_1"],["tool","toolu_2"],["tool","toolu_3"],["text",11]]',
          inputTokens: 3000,
          outputTokens: 1500,
        });
        expect(await prisma.llmToolCall.findMany({ orderBy: { position: "asc" } })).toMatchObject([
          { toolCallId: "toolu_1", arguments: '{"zone":"UTC"}', result: "result 1", step: 1 },
          { toolCallId: "toolu_2", arguments: "{}", result: "result 2", step: 1 },
          { toolCallId: "toolu_3", arguments: '{"zone":"CET"}', result: "result 3", step: 2 },
        ]);
        expect(await prisma.llmRequest.count({ where: { inputTokens: 1000, cost } })).toBe(3);

        // Loaded without its tools, which Anthropic demands for a history that has calls of them.
        await (await loadChat(prisma, createAnthropic(), chat.id)).ask("What?");
        expect(server.requests[3]).toMatchObject({
          tools: [{ name: "get_time" }],
          tool_choice: { type: "none" },
          messages: [
            { role: "user", content: "Time?" },
            {
              role: "assistant",
              content: [
                { type: "text", text: "Let me look. " },
                { type: "tool_use", id: "toolu_1", name: "get_time", input: { zone: "UTC" } },
                { type: "tool_use", id: "toolu_2", name: "get_time", input: {} },
              ],
            },
            {
              role: "user",
              content: [
                { type: "tool_result", tool_use_id: "toolu_1", content: "result 1" },
                { type: "tool_result", tool_use_id: "toolu_2", content: "result 2" },
              ],
            },
            { role: "assistant", content: [{ type: "tool_use", id: "toolu_3" }] },
            { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_3" }] },
            { role: "assistant", content: "It is noon." },
            { role: "user", content: "What?" },
          ],
        });
        expect(server.requests).toHaveLength(4);
      },
    );

    it.each([
      ["ask", false],
      ["askStream", true],
    ] as const)(
      "%s sends thinking back unchanged, within a turn and in later ones",
      async (_method, isStream) => {
        const { prisma } = await open();
        const first = { thinking: "I need the time.", signature: "sig-1" };
        const second = { thinking: "Now I know.", signature: "sig-2" };
        const third = { thinking: "And I am done.", signature: "sig-3" };
        const server = await anthropic(
          {
            blocks: [
              first,
              { redacted: "c2VjcmV0" },
              second,
              { tool: "get_time", id: "toolu_1", input: {} },
            ],
            usage,
          },
          { blocks: [third, { text: ["Noon."] }], usage },
          { blocks: [{ text: ["Yes."] }], usage },
        );
        const chat = await createChat(prisma, createAnthropic(), {
          model,
          tools: [tool("get_time", async () => "12:00")],
          thinking: { budget: 16_000 },
        });
        if (isStream) await read(chat.askStream("Time?"));
        else await chat.ask("Time?");
        expect(server.requests[1]).toMatchObject({
          thinking: { type: "enabled", budget_tokens: 16_000 },
          max_tokens: 20_096,
          messages: [
            { role: "user" },
            {
              role: "assistant",
              content: [
                { type: "thinking", ...first },
                { type: "redacted_thinking", data: "c2VjcmV0" },
                { type: "thinking", ...second },
                { type: "tool_use", id: "toolu_1" },
              ],
            },
            { role: "user" },
          ],
        });
        expect((await chat.messages()).at(-1)).toMatchObject({
          thinkingText: "I need the time.Now I know.And I am done.",
          thinkingSignature: "sig-3",
          parts:
            '[["thinking",16,"sig-1"],["thinking",11,"sig-2"],["tool","toolu_1"],["thinking",14,"sig-3"],["text",5]]',
        });
        expect(await prisma.llmToolCall.findMany()).toMatchObject([
          { thought: "I need the time.Now I know.", thoughtSignature: "sig-2" },
        ]);

        const later = await loadChat(prisma, createAnthropic(), chat.id);
        await later.ask("Really?", { thinking: { budget: 2000 } });
        expect(server.requests[2]?.messages.slice(1, 4)).toEqual([
          {
            role: "assistant",
            content: [
              { type: "thinking", ...first },
              { type: "thinking", ...second },
              { type: "tool_use", id: "toolu_1", name: "get_time", input: {} },
            ],
          },
          {
            role: "user",
            content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "12:00" }],
          },
          {
            role: "assistant",
            content: [
              { type: "thinking", ...third },
              { type: "text", text: "Noon." },
            ],
          },
        ]);

        // Without `thinking`, the history is sent without it as well.
        await later.ask("Sure?");
        expect(JSON.stringify(server.requests[3])).not.toContain("thinking");
      },
    );

    it("does not send the thinking of another provider", async () => {
      const { prisma } = await open();
      const server = await anthropic({ blocks: [{ text: ["Yes."] }] });
      const chat = await createChat(prisma, createAnthropic(), { model });
      for (const [position, data] of [
        { role: "user", content: "One?" },
        { role: "assistant", content: "One.", provider: "DeepSeek" },
      ].entries()) {
        const thinking =
          data.role === "user"
            ? {}
            : {
                thinkingText: "Hm.",
                thinkingSignature: "foreign",
                parts: '[["thinking",3,"foreign"],["text",4]]',
              };
        await prisma.llmMessage.create({
          data: { chatId: chat.id, position: position + 1, ...data, ...thinking },
        });
      }
      await chat.ask("Two?", { thinking: { budget: 2000 } });
      expect(server.requests[0]?.messages).toEqual([
        { role: "user", content: "One?" },
        { role: "assistant", content: "One." },
        { role: "user", content: "Two?" },
      ]);
    });

    it.each([
      ["ends without message_stop", { end: "eof" }, "STREAM_INCOMPLETE"],
      ["ends with a dropped socket", { end: "drop" }, "CONNECTION_LOST"],
      ["stalls", { end: "hang" }, "STREAM_STALLED"],
      ["ends with an error event", { end: "error" }, "OVERLOADED"],
      [
        "ends without message_stop, although its text contains one",
        { end: "eof" },
        "STREAM_INCOMPLETE",
      ],
    ] as const)("fails an answer whose stream %s", async (_case, answer, code) => {
      const { prisma } = await open();
      await anthropic({
        blocks: [
          { text: ["Half of event: message_stop\n\nevent: message_stop\n"] },
          { tool: "get_time", id: "toolu_1", input: {} },
        ],
        usage,
        ...answer,
      });
      let calls = 0;
      const chat = await createChat(prisma, createAnthropic(), {
        model,
        tools: [tool("get_time", async () => String(++calls))],
        idleTimeout: 300,
        onFailure: "keep",
      });
      await expect(read(chat.askStream("Hi"))).rejects.toThrow();
      expect((await chat.messages()).at(-1)).toMatchObject({ status: "failed", errorCode: code });
      expect(await prisma.llmRequest.findMany()).toMatchObject([
        { errorCode: code, inputTokens: 1000 },
      ]);
      expect(calls).toBe(0);
    });

    it("closes the connection when the caller aborts, and when it leaves the loop", async () => {
      const { prisma } = await open();
      const server = await anthropic({ blocks: [{ text: ["One "] }], end: "hang" });
      const chat = await createChat(prisma, createAnthropic(), { model, tools: [] });
      for await (const { content } of chat.askStream("Count")) if (content === "One ") break;
      await server.closed(0);
      const controller = new AbortController();
      await expect(
        (async () => {
          for await (const _ of chat.askStream("Count", { signal: controller.signal }))
            controller.abort();
        })(),
      ).rejects.toMatchObject({ name: "AbortError" });
      await server.closed(1);
      expect(await prisma.llmRequest.findMany()).toMatchObject([
        { statusCode: 499, errorCode: "ABORTED" },
        { statusCode: 499, errorCode: "ABORTED" },
      ]);
    });

    it("records each attempt when the first is refused", async () => {
      const { prisma } = await open();
      await anthropic({ status: 529 }, { blocks: [{ text: ["Fine."] }], usage });
      const chat = await createChat(prisma, createAnthropic(), { model });
      expect(await chat.ask("Hi")).toMatchObject({ content: "Fine." });
      const rows = await prisma.llmRequest.findMany();
      expect(rows.map((row) => row.statusCode).toSorted((a, b) => a - b)).toEqual([200, 529]);
      expect(rows.find((row) => row.statusCode === 529)).toMatchObject({
        errorCode: "OVERLOADED",
        cost: null,
      });
    });

    it("sends attachments again in later turns", async () => {
      const { prisma } = await open();
      const server = await anthropic({ blocks: [{ text: ["A dot."] }] });
      const chat = await createChat(prisma, createAnthropic(), { model });
      const url = "data:image/png;base64,iVBORw0KGgo=";
      await chat.ask([
        { type: "text", text: "What is this?" },
        { type: "image_url", image_url: { url } },
      ]);
      await chat.ask("Sure?");
      expect(server.requests[1]?.messages[0]).toEqual({
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          {
            type: "image",
            source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" },
          },
        ],
      });
    });
  });
});
