import { createLLM, Tool, ToolExecutionMode, z as coreZod } from "@node-llm/core";
import type { ToolCall, ToolDefinition } from "@node-llm/core";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";

import { createChat, loadChat } from "node-llm-trpc/orm";
import type { CreateChatOptions } from "node-llm-trpc/orm";
import type { ScriptStep } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { Answer } from "../../../../src/chat/answer.ts";
import { Database } from "../../../../src/orm/database/database.ts";
import { toChatMessage } from "../../../../src/orm/messages/to-chat-message.ts";
import { TurnControl } from "../../../../src/orm/turn/turn-control.ts";
import type { TurnSettings } from "../../../../src/orm/turn/turn-settings.ts";
import { TurnState } from "../../../../src/orm/turn/turn-state.ts";
import { TurnTools } from "../../../../src/orm/turn/turn-tools.ts";
import { readText } from "../../../support/clients/read-text.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";
import { strictOpenAIMessages } from "../../../support/providers/strict-openai-messages.ts";
import { tool } from "../../../support/providers/tool.ts";

const model = "scripted-model";

function call(id: string, name: string, args: Record<string, unknown> | string = {}): ScriptStep {
  return { toolCall: { id, name, arguments: args } };
}

const rowsOf = (prisma: PrismaClient) =>
  prisma.llmToolCall.findMany({ orderBy: { position: "asc" } });

describeDatabases((_name, open) => {
  async function start(
    scripts: Parameters<typeof createScriptedProvider>[0],
    options: CreateChatOptions = {},
  ) {
    const { prisma } = await open();
    const provider = createScriptedProvider(scripts);
    const llm = createLLM({ provider, retry: { attempts: 1 } });
    const chat = await createChat(prisma, llm, { model, ...options });
    const run = {
      ask: async () => await chat.ask("Go"),
      stream: async () => {
        const stream = chat.askStream("Go");
        for (;;) {
          const { done, value } = await stream.next();
          if (done === true) return value;
        }
      },
    };
    return { prisma, provider, llm, chat, run };
  }

  it.each(["first", "last"])("ends a call whose insert comes %s, with one row", async (place) => {
    const { prisma } = await open();
    const chat = await prisma.llmChat.create({ data: {} });
    const id = await openTurn(prisma, chat.id, { secondsAgo: 0, text: [] });
    let release = (): void => undefined;
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    const db = Database.open(prisma);
    if (place === "last") {
      const batch = db.batch.bind(db);
      vi.spyOn(db, "batch").mockImplementationOnce(async (queries) => {
        await isReleased;
        return await batch(queries);
      });
    }
    const message = await db.message.findFirst({ where: { id } });
    if (message === null) throw new Error("The message is missing.");
    const state = new TurnState(message, []);
    const tools = new TurnTools({
      db,
      message,
      state,
      log: null,
      sink: null,
      control: new TurnControl(),
      judgeCall: async () => "awaiting_approval",
    });
    const proposed = tools.propose([
      { id: "c1", type: "function", function: { name: "look", arguments: "{}" } },
    ]);
    // The call is known, and its insert has begun.
    while (state.toolCalls.size === 0) await Promise.resolve();
    await tools.close();
    release();
    await proposed;
    expect(await rowsOf(prisma)).toMatchObject([
      { toolCallId: "c1", status: "denied", result: expect.stringContaining("was not run") },
    ]);
  });

  describe.each(["ask", "stream"] as const)("%s", (method) => {
    it("records every way in which a tool can fail, and tells the model", async () => {
      class Broken extends Tool {
        override name = "broken";
        override description = "Throws";
        override schema = { type: "object", properties: {} };
        override execute(): Promise<string> {
          return Promise.reject(new Error("no disk"));
        }
      }
      const strict: ToolDefinition = {
        type: "function",
        function: {
          name: "strict",
          parameters: z.object({ city: z.string() }) as unknown as Record<string, unknown>,
        },
        handler: async () => "never",
      };
      const { prisma, provider, chat, run } = await start(
        [
          [
            call("c1", "throws"),
            call("c2", "hangs"),
            call("c3", "broken"),
            call("c4", "unknown"),
            call("c5", "throws", '{"half'),
            call("c6", "strict", { city: 1 }),
            call("c7", "fine"),
          ],
          ["Done."],
        ],
        {
          tools: [
            tool("throws", () => Promise.reject(new Error("no network"))),
            tool("hangs", () => new Promise(() => undefined)),
            Broken,
            strict,
            tool("fine", async () => "ok"),
          ],
          toolTimeout: 100,
        },
      );
      expect(await run[method]()).toMatchObject({ content: "Done.", status: "complete" });
      expect((await rowsOf(prisma)).map((row) => [row.toolCallId, row.status, row.result])).toEqual(
        [
          ["c1", "error", "Error executing tool 'throws': It failed on the server."],
          ["c2", "error", "Error executing tool 'hangs': The tool did not answer within 0.1 s."],
          ["c3", "error", "Error executing tool 'broken': It failed on the server."],
          ["c4", "error", expect.stringContaining("unavailable tool 'unknown'")],
          ["c5", "error", expect.stringContaining("not valid JSON")],
          ["c6", "error", expect.stringMatching(/^Invalid tool arguments: .*city/s)],
          ["c7", "complete", "ok"],
        ],
      );
      expect((await rowsOf(prisma))[4]?.arguments).toBe('{"half');
      await chat.ask("And?");
      for (const request of provider.requests) {
        // Core keeps messages in the format that OpenAI takes.
        const wire = request.messages as unknown as Parameters<typeof strictOpenAIMessages>[0];
        expect(strictOpenAIMessages(wire)).toBeNull();
      }
    });

    it("gives repeated and missing tool call ids a unique id, within a response and across several", async () => {
      const { prisma, provider, run } = await start(
        [
          [call("call_0", "echo", { n: 1 }), call("call_0", "echo", { n: 2 }), call("", "echo")],
          [call("call_0", "echo", { n: 3 })],
          ["Done."],
        ],
        { tools: [tool("echo", async (args) => JSON.stringify(args))] },
      );
      await run[method]();
      const rows = await rowsOf(prisma);
      expect(rows.map((row) => row.toolCallId)).toEqual([
        "call_0",
        "call_0_2",
        expect.stringMatching(/^call_\w{32}$/),
        "call_0_3",
      ]);
      expect(rows.map((row) => row.result)).toEqual(['{"n":1}', '{"n":2}', "{}", '{"n":3}']);
      expect(rows.map((row) => row.arguments)).toEqual(['{"n":1}', '{"n":2}', "{}", '{"n":3}']);
      const answers = provider.requests[2]?.messages.filter((message) => message.role === "tool");
      expect(answers?.map((message) => message.tool_call_id)).toEqual(
        rows.map((row) => row.toolCallId),
      );
    });

    it("runs calls in parallel with `toolConcurrency`", async () => {
      const waiting: ((result: string) => void)[] = [];
      const slow = tool(
        "slow",
        () =>
          new Promise((resolve) => {
            waiting.push(resolve);
            if (waiting.length === 3) for (const end of waiting) end("ok");
          }),
      );
      const { prisma, run } = await start(
        [[call("a", "slow"), call("b", "slow"), call("c", "slow")], ["Done."]],
        { tools: [slow], toolConcurrency: true },
      );
      await run[method]();
      expect((await rowsOf(prisma)).map((row) => row.status)).toEqual(Array(3).fill("complete"));
    });

    it("cuts a result of megabytes and says so, and stores no NUL character", async () => {
      const { prisma, provider, run } = await start(
        [[call("a", "big"), call("b", "binary"), call("c", "nothing")], ["Done.\0"]],
        {
          tools: [
            tool("big", async () => "x".repeat(3_000_000)),
            tool("binary", async () => "a\0b"),
            // A tool written in JavaScript may return nothing.
            tool("nothing", async () => undefined as unknown as string),
          ],
          maxToolResultChars: 1000,
        },
      );
      expect(await run[method]()).toMatchObject({ content: "Done.\uFFFD" });
      const results = (await rowsOf(prisma)).map((row) => row.result);
      const note = "[The result was cut: it has 3000000 characters, and the first 1000 are shown.]";
      expect(results).toEqual([`${"x".repeat(1000)}\n\n${note}`, "a\uFFFDb", ""]);
      const sent = provider.requests[1]?.messages.filter((message) => message.role === "tool");
      expect(sent?.map((message) => message.content)).toEqual(results);
    });

    it("ends the answer with the text of a halt, without calling the provider again", async () => {
      class Payment extends Tool {
        override name = "pay";
        override description = "Pays";
        override schema = coreZod.object({ amount: coreZod.number() });
        override execute() {
          return Promise.resolve(this.halt("A manager must approve."));
        }
      }
      const { prisma, provider, chat, run } = await start(
        [["Let me pay. ", call("a", "pay", { amount: 5 })], ["Never."]],
        { tools: [Payment] },
      );
      expect(await run[method]()).toMatchObject({
        content: "Let me pay. A manager must approve.",
        status: "complete",
      });
      expect(provider.calls).toBe(1);
      expect(await prisma.llmRequest.count()).toBe(1);
      expect(await rowsOf(prisma)).toMatchObject([
        { status: "complete", result: "A manager must approve." },
      ]);
      await chat.ask("Why?");
      expect(provider.requests[1]?.messages.map((message) => message.role)).toEqual([
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
      ]);
    });

    it("records refused calls as denied", async () => {
      const { prisma, provider, chat, run } = await start(
        [[call("a", "delete"), call("b", "read")], ["Done."]],
        { tools: [tool("delete", async () => "gone"), tool("read", async () => "text")] },
      );
      chat
        .withToolExecution("confirm")
        .onConfirmToolCall(async (asked) => (asked as ToolCall).function.name !== "delete");
      await run[method]();
      expect(
        (await rowsOf(prisma)).map(({ toolCallId, status, result }) => [
          toolCallId,
          status,
          result,
        ]),
      ).toEqual([
        ["a", "denied", "Action cancelled by user."],
        ["b", "complete", "text"],
      ]);
      expect(provider.requests[1]?.messages.at(-2)).toMatchObject({
        content: "Action cancelled by user.",
      });
    });

    it("records the calls that a dry run proposes, and runs none", async () => {
      let runs = 0;
      const { prisma, provider, llm, chat, run } = await start(
        [["I would. ", call("a", "delete", { id: 1 })], ["Done."]],
        {
          tools: [tool("delete", async () => String(++runs))],
          toolExecution: ToolExecutionMode.DRY_RUN,
        },
      );
      await run[method]();
      expect(runs).toBe(0);
      expect(await rowsOf(prisma)).toMatchObject([
        { status: "awaiting_approval", result: null, arguments: '{"id":1}' },
      ]);
      await (await loadChat(prisma, llm, chat.id)).ask("And?");
      expect(provider.requests[1]?.messages[2]).toMatchObject({
        role: "tool",
        content: "The tool was proposed and has not been run.",
      });
    });

    it.each(["delete", "keep"] as const)(
      "rejects with core's error after too many rounds, with onFailure: %s",
      async (onFailure) => {
        const { prisma, provider, chat, run } = await start(
          (_request, count) => [`Round ${count}. `, call(`c${count}`, "again")],
          { tools: [tool("again", async () => "more")], onFailure, maxToolCalls: 2 },
        );
        await expect(run[method]()).rejects.toThrow(/Maximum tool execution calls \(2\) exceeded/);
        const rows = await chat.messages();
        expect(rows.map((row) => row.status)).toEqual(
          onFailure === "keep" ? ["complete", "failed"] : ["complete"],
        );
        const calls = await prisma.llmToolCall.findMany();
        expect(calls.filter((row) => row.result === null)).toEqual([]);
        if (onFailure === "keep")
          expect(rows[1]).toMatchObject({ errorCode: "TOO_MANY_STEPS", content: /^Round 1/ });
        expect(await prisma.llmRequest.count()).toBe(provider.calls);
      },
    );

    it("ends the tool calls that a stop cuts off", async () => {
      const { prisma } = await open();
      const controller = new AbortController();
      const provider = createScriptedProvider([["Wait. ", call("a", "hangs")], ["Done."]]);
      const hangs = tool("hangs", () => {
        setTimeout(() => controller.abort(), 20);
        return new Promise(() => undefined);
      });
      const chat = await createChat(prisma, createLLM({ provider }), { model, tools: [hangs] });
      const answer =
        method === "ask"
          ? chat.ask("Go", { signal: controller.signal })
          : readText(chat.askStream("Go", { signal: controller.signal }));
      await expect(answer).rejects.toMatchObject({ name: "AbortError" });
      expect((await chat.messages()).at(-1)).toMatchObject({
        status: "stopped",
        content: "Wait. ",
      });
      expect(await rowsOf(prisma)).toMatchObject([
        { status: "error", result: expect.stringContaining("did not finish") },
      ]);
      expect(await prisma.llmRequest.count()).toBe(1);
      await chat.ask("Again?");
      expect(provider.requests[1]?.messages[2]).toMatchObject({ role: "tool", tool_call_id: "a" });
    });

    it("stores the thinking before a tool call with the call", async () => {
      const { prisma, run } = await start(
        [
          [
            { thinking: { text: "I must " } },
            { thinking: { text: "look.", signature: "s1" } },
            "Let me look. ",
            call("a", "look"),
            call("b", "look"),
          ],
          ["Done."],
        ],
        { tools: [tool("look", async () => "seen")] },
      );
      await run[method]();
      expect(await rowsOf(prisma)).toMatchObject([
        { thought: "I must look.", thoughtSignature: "s1" },
        { thought: null, thoughtSignature: null },
      ]);
    });
  });
});

describeDatabases((_name, open) => {
  async function openTools(judgeCall?: TurnSettings["judgeCall"]) {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const { id: chatId } = await prisma.llmChat.create({ data: {} });
    const id = await openTurn(prisma, chatId, { secondsAgo: 0, text: [] });
    const message = await prisma.llmMessage.findUniqueOrThrow({ where: { id } });
    const state = new TurnState(message, []);
    state.beginStep();
    const control = new TurnControl();
    const answer = new Answer(toChatMessage(message));
    const options = { db, message, state, log: null, sink: answer, control, judgeCall };
    return { prisma, id, control, answer, tools: new TurnTools(options) };
  }

  const holdRemove: TurnSettings["judgeCall"] = async ({ function: { name } }) =>
    name === "remove" ? "awaiting_approval" : "running";

  const proposed = (id: string, name: string): ToolCall => ({
    id,
    type: "function",
    function: { name, arguments: "{}" },
  });

  it("saves the calls that wait for approval, and runs the others", async () => {
    const { prisma, answer, tools } = await openTools(holdRemove);
    const calls = [proposed("c1", "look"), proposed("c2", "remove")];
    expect(await tools.propose(calls)).toEqual([calls[0]]);
    expect(await rowsOf(prisma)).toMatchObject([
      { toolCallId: "c2", status: "awaiting_approval", result: null },
    ]);
    expect(answer.snapshot().toolCalls).toMatchObject([
      { toolCallId: "c1", status: "running" },
      { toolCallId: "c2", status: "awaiting_approval" },
    ]);
  });

  it("does not wait for an approval function after the turn has ended", async () => {
    const { control, tools } = await openTools(() => new Promise(() => undefined));
    const proposing = tools.propose([proposed("c1", "look")]);
    control.stop();
    await expect(proposing).rejects.toMatchObject({ name: "AbortError" });
  });

  it("gives the calls that the end of the answer cut off a result", async () => {
    const { prisma, tools } = await openTools(holdRemove);
    await tools.propose([proposed("c1", "look"), proposed("c2", "remove")]);
    await tools.close();
    expect(await rowsOf(prisma)).toMatchObject([
      { toolCallId: "c1", status: "error", result: expect.stringContaining("did not finish") },
      { toolCallId: "c2", status: "denied", result: expect.stringContaining("was not run") },
    ]);
  });

  it("loses the turn when the message was ended by another process, and saves nothing", async () => {
    const { prisma, id, control, tools } = await openTools(async () => "awaiting_approval");
    await prisma.llmMessage.update({ where: { id }, data: { turnLock: null } });
    const proposing = tools.propose([proposed("c1", "remove")]);
    await expect(proposing).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(control.reason).toBe("lost");
    expect(await rowsOf(prisma)).toEqual([]);
  });
});
