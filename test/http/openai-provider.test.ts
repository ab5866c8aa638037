import { describe, expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { readStream } from "../support/clients/read-stream.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { openOpenAI } from "../support/providers/open-openai.ts";
import { tool } from "../support/providers/tool.ts";

const usage = { prompt_tokens: 1000, completion_tokens: 500 };

describeDatabases((_name, open) => {
  describe("core's OpenAI provider, over HTTP", () => {
    it("runs a conversation of several turns with a tool call, through the router", async () => {
      const { prisma } = await open();
      const { server, llm } = await openOpenAI([
        {
          text: ["Let me ", "look. "],
          toolCalls: [{ id: "call_1", name: "get_time", arguments: '{"zone":"UTC"}' }],
          usage,
        },
        { text: ["It is ", "noon."], usage },
        { text: ["You asked ", "for the time."], usage },
      ]);
      const tools = [tool("get_time", async () => "12:00")];
      const client = (
        await startChatServer(prisma, llm, { models: ["gpt-4o"], tools, instructions: "Be exact." })
      ).client("u1");
      const chat = await client.chat.create.mutate({});
      for (const content of ["What time is it?", "What did I ask?"]) {
        const { assistantMessage } = await client.chat.send.mutate({ chatId: chat.id, content });
        const events = await readStream(client, { messageId: assistantMessage.id });
        expect(events.at(-1)?.event).toMatchObject({
          type: "done",
          message: { status: "complete", model: "gpt-4o" },
        });
      }
      const { items } = await client.chat.messages.query({ chatId: chat.id });
      expect(items.map((message) => message.content)).toEqual([
        "What time is it?",
        "Let me look. It is noon.",
        "What did I ask?",
        "You asked for the time.",
      ]);
      expect(items[1]).toMatchObject({
        provider: "OpenAI",
        usage: { inputTokens: 2000, outputTokens: 1000, cost: 0.015 },
        parts: [
          { type: "text", text: "Let me look. " },
          { type: "tool", toolCallId: "call_1" },
          { type: "text", text: "It is noon." },
        ],
      });
      expect(server.requests[2]?.messages).toEqual([
        { role: "system", content: "Be exact." },
        { role: "user", content: "What time is it?" },
        {
          role: "assistant",
          content: "Let me look. ",
          tool_calls: [
            {
              id: "call_1",
              type: "function",
              function: { name: "get_time", arguments: '{"zone":"UTC"}' },
            },
          ],
        },
        { role: "tool", tool_call_id: "call_1", content: "12:00" },
        { role: "assistant", content: "It is noon." },
        { role: "user", content: "What did I ask?" },
      ]);
      expect(await client.chat.stats.query({ chatId: chat.id })).toEqual({
        input_tokens: 3000,
        output_tokens: 1500,
        total_tokens: 4500,
        cost: 0.0225,
      });
    });

    it("closes the connection when the answer is stopped", async () => {
      const { prisma } = await open();
      const { server, llm } = await openOpenAI([{ text: ["One "], end: "hang" }]);
      const client = (await startChatServer(prisma, llm, { models: ["gpt-4o"] })).client("u1");
      const chat = await client.chat.create.mutate({});
      const { assistantMessage } = await client.chat.send.mutate({
        chatId: chat.id,
        content: "Count",
      });
      await readStream(
        client,
        { messageId: assistantMessage.id },
        (event) =>
          event.type === "text" || (event.type === "snapshot" && event.message.content !== ""),
      );
      await client.chat.stop.mutate({ messageId: assistantMessage.id });
      await server.closed(0);
      expect(await prisma.llmRequest.findMany()).toMatchObject([
        { statusCode: 499, errorCode: "ABORTED" },
      ]);
    });

    it.each([
      ["a stream that ends without [DONE]", { text: ["Half "], end: "eof" }, "STREAM_INCOMPLETE"],
      ["a dropped socket", { text: ["Half "], end: "drop" }, "CONNECTION_LOST"],
      ["a stream that stalls", { text: ["Half "], end: "hang" }, "STREAM_STALLED"],
      ["an error in the stream", { text: ["Half "], end: "error" }, "PROVIDER_ERROR"],
    ] as const)(
      "fails the answer on %s, and keeps its text and its request",
      async (_case, answer, code) => {
        const { prisma } = await open();
        const { llm } = await openOpenAI([answer]);
        const client = (
          await startChatServer(prisma, llm, { models: ["gpt-4o"], idleTimeout: 300 })
        ).client("u1");
        const chat = await client.chat.create.mutate({});
        const { assistantMessage } = await client.chat.send.mutate({
          chatId: chat.id,
          content: "Hi",
        });
        const events = await readStream(client, { messageId: assistantMessage.id });
        expect(events.at(-1)?.event).toMatchObject({
          type: "done",
          message: { status: "failed", content: "Half ", error: { code } },
        });
        expect(JSON.stringify(events)).not.toContain("sk-123");
        expect(await prisma.llmRequest.findMany()).toMatchObject([
          { errorCode: code, messageId: assistantMessage.id },
        ]);
      },
    );

    it("records each attempt when the first is refused", async () => {
      const { prisma } = await open();
      const { server, llm } = await openOpenAI([{ status: 500 }, { text: ["Fine."], usage }]);
      const chat = await createChat(prisma, llm, { model: "gpt-4o" });
      expect(await chat.ask("Hi")).toMatchObject({
        content: "Fine.",
        inputTokens: 1000,
        cost: 0.0075,
      });
      expect(server.requests).toHaveLength(2);
      const rows = await prisma.llmRequest.findMany({ orderBy: { createdAt: "asc" } });
      expect(
        rows.map((row) => [row.statusCode, row.cost]).toSorted(([a], [b]) => (a ?? 0) - (b ?? 0)),
      ).toEqual([
        [200, 0.0075],
        [500, null],
      ]);
    });

    it("rejects with core's own error for a wrong key, and records the status of the response", async () => {
      const { prisma } = await open();
      const { llm } = await openOpenAI([{ status: 401 }]);
      const chat = await createChat(prisma, llm, { model: "gpt-4o" });
      await expect(chat.ask("Hi")).rejects.toMatchObject({
        name: "AuthenticationError",
        status: 401,
      });
      expect(await prisma.llmRequest.findMany()).toMatchObject([
        { statusCode: 401, errorCode: "UNAUTHORIZED" },
      ]);
      expect(await chat.messages()).toMatchObject([{ role: "user", content: "Hi" }]);
    });
  });
});
