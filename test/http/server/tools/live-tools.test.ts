import { describe, expect, it } from "vitest";
import { z } from "zod";

import type { ChatEvent } from "node-llm-trpc/server";
import { defineTool } from "node-llm-trpc/server";
import { Gate } from "../../../../src/testing/gate.ts";
import { readStream } from "../../../support/clients/read-stream.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { takeOver } from "../../../support/databases/take-over.ts";
import { endOfStream } from "../../../support/servers/start-approval-scene.ts";
import { startToolScene } from "../../../support/servers/start-tool-scene.ts";

const forever = new AbortController().signal;

const writing = (args: string) => ({ writing: { id: "c1", name: "search", arguments: args } });
const whole = { toolCall: { id: "c1", name: "search", arguments: { query: "fjords", limit: 3 } } };

const isWriting = (event: ChatEvent, query: string): boolean => {
  const calls =
    event.type === "tool"
      ? [event.toolCall]
      : event.type === "snapshot"
        ? event.message.toolCalls
        : [];
  return calls.some(
    ({ status, arguments: args }) =>
      status === "writing" && JSON.stringify(args) === JSON.stringify({ query }),
  );
};

describeDatabases((_name, open) => {
  const search = defineTool({
    name: "search",
    description: "Searches",
    inputSchema: z.object({ query: z.string(), limit: z.number().optional() }),
    execute: ({ query }) => [query],
  });

  describe("a tool call that the model is writing", () => {
    it("appears with its first byte and grows, on every instance", async () => {
      const { provider, one, two, send } = await startToolScene(
        await open(),
        [
          [
            "Let me look. ",
            writing('{"query":"fj'),
            { hold: true },
            writing('{"query":"fjords"'),
            { hold: true },
            whole,
          ],
          ["Found."],
        ],
        { tools: [search] },
      );
      const messageId = await send();
      await provider.waitForHold();
      for (const client of [one, two]) {
        const events = await readStream(client, { messageId }, (event) => isWriting(event, "fj"));
        expect(events.length).toBeGreaterThan(0);
      }
      const grown = [one, two].map((client) =>
        readStream(client, { messageId }, (event) => isWriting(event, "fjords")),
      );
      provider.release();
      for (const events of await Promise.all(grown)) expect(events.length).toBeGreaterThan(0);
      const reading = [one, two].map((client) => readStream(client, { messageId }));
      provider.release();
      for (const events of await Promise.all(reading)) {
        expect(endOfStream(events)).toMatchObject({
          status: "complete",
          content: "Let me look. Found.",
          parts: [
            { type: "text", text: "Let me look. " },
            { type: "tool", toolCallId: "c1" },
            { type: "text", text: "Found." },
          ],
          toolCalls: [
            {
              toolCallId: "c1",
              status: "complete",
              arguments: { query: "fjords", limit: 3 },
              output: ["fjords"],
            },
          ],
        });
        expect(JSON.stringify(endOfStream(events))).not.toContain("revision");
      }
    });

    it("is gone when its process was killed, and no provider ever gets half of it", async () => {
      const database = await open();
      const { provider, send, read } = await startToolScene(
        database,
        [["Let me look. ", writing('{"query":"fj'), { hold: true }, whole], ["Hello again."]],
        { tools: [search] },
      );
      const messageId = await send();
      await provider.waitForHold();
      const { prisma } = database;
      const isSaved = () => prisma.llmMessageChunk.count({ where: { kind: "arguments" } });
      await expect.poll(isSaved).toBe(1);
      await takeOver(prisma);
      provider.release();
      expect(await read(messageId)).toMatchObject({
        status: "interrupted",
        content: "Let me look. ",
        parts: [{ type: "text", text: "Let me look. " }],
        toolCalls: [],
      });
      expect(await prisma.llmToolCall.count()).toBe(0);
      await expect.poll(() => provider.holding).toBe(0);
      await send("Again");
      await provider.waitForCall(2);
      const { messages } = provider.requests[1] ?? {};
      expect(JSON.stringify(messages)).not.toMatch(/fj|tool_call/);
    });

    it.each([
      ["stopped", { stall: true } as const],
      ["failed", { fail: 500 } as const],
    ])("is no part of an answer that was %s", async (status, ending) => {
      const { provider, one, send, read } = await startToolScene(
        await open(),
        [["Let me look. ", writing('{"query":"fj'), { hold: true }, ending]],
        { tools: [search] },
      );
      const messageId = await send();
      await provider.waitForHold();
      provider.release();
      if (status === "stopped") {
        await readStream(one, { messageId }, (event) => isWriting(event, "fj"));
        await one.chat.stop.mutate({ messageId });
      }
      const ended = endOfStream(await readStream(one, { messageId }));
      expect(ended).toMatchObject({ status, content: "Let me look. ", toolCalls: [] });
      expect(await read(messageId)).toMatchObject({ status, toolCalls: [] });
    });
  });

  describe("what a tool reports", () => {
    const upload = (gate: Gate, reports: readonly unknown[]) =>
      defineTool({
        name: "search",
        description: "Searches",
        inputSchema: z.object({ query: z.string(), limit: z.number().optional() }),
        progressSchema: z.object({ percent: z.number() }),
        execute: async ({ query }, { report, signal }) => {
          // The test reports what the type refuses, too.
          for (const value of reports) report(value as { percent: number });
          await gate.pass(signal);
          return query;
        },
      });

    it("reaches every reader, and the last value stays", async () => {
      const gate = new Gate();
      const tools = [upload(gate, [{ percent: 10 }, { percent: 50 }])];
      const { one, two, send, read } = await startToolScene(await open(), [[whole], ["Done."]], {
        tools,
      });
      const messageId = await send();
      await gate.reached();
      const shows = (event: ChatEvent): boolean =>
        (event.type === "tool"
          ? [event.toolCall]
          : event.type === "snapshot"
            ? event.message.toolCalls
            : []
        ).some(
          ({ status, progress }) =>
            status === "running" && JSON.stringify(progress) === '{"percent":50}',
        );
      for (const client of [one, two])
        expect((await readStream(client, { messageId }, shows)).length).toBeGreaterThan(0);
      // A page that is opened now has it from the start.
      for (const client of [one, two])
        expect(await read(messageId, client)).toMatchObject({
          toolCalls: [{ status: "running", progress: { percent: 50 } }],
        });
      gate.release(1);
      const done = { status: "complete", progress: { percent: 50 }, output: "fjords" };
      expect(endOfStream(await readStream(one, { messageId }))).toMatchObject({
        toolCalls: [done],
      });
      expect(await read(messageId)).toMatchObject({ toolCalls: [done] });
    });

    it("survives the process that ran the tool", async () => {
      const database = await open();
      const gate = new Gate();
      const { send, read } = await startToolScene(database, [[whole], ["Done."]], {
        tools: [upload(gate, [{ percent: 10 }])],
      });
      const messageId = await send();
      await gate.reached();
      const { prisma } = database;
      await expect
        .poll(() => prisma.llmMessageChunk.count({ where: { kind: "progress" } }))
        .toBe(1);
      await takeOver(prisma);
      gate.release(1);
      expect(await read(messageId)).toMatchObject({
        status: "interrupted",
        toolCalls: [{ status: "error", progress: { percent: 10 } }],
      });
    });

    it("takes one row for each save, however often a tool reports", async () => {
      const database = await open();
      const gate = new Gate();
      const reports = Array.from({ length: 20_000 }, (_, percent) => ({ percent }));
      const { one, send, read } = await startToolScene(database, [[whole], ["Done."]], {
        tools: [upload(gate, reports)],
      });
      const messageId = await send();
      await gate.reached();
      const { prisma } = database;
      const rows = () => prisma.llmMessageChunk.findMany({ where: { kind: "progress" } });
      await expect.poll(async () => (await rows()).at(-1)?.text).toContain("19999");
      expect((await rows()).length).toBeLessThan(20);
      gate.release(1);
      await readStream(one, { messageId });
      expect(await read(messageId)).toMatchObject({
        toolCalls: [{ progress: { percent: 19_999 } }],
      });
    });

    it.each([
      ["what its schema refuses", { percent: "half" }, "progressSchema"],
      ["what is too long", { percent: 1, more: "x".repeat(10_000) }, "at most 10000"],
    ])("is a failure of the tool when it is %s", async (_kind, value, problem) => {
      const gate = new Gate();
      gate.release(1);
      const tool = defineTool({
        name: "search",
        description: "Searches",
        inputSchema: z.object({ query: z.string() }),
        progressSchema: z.looseObject({ percent: z.number() }),
        execute: async (_input, { report }) => {
          report({ percent: 1 });
          report(value as { percent: number });
          await gate.pass(forever);
          return "";
        },
      });
      const { one, failures, send } = await startToolScene(await open(), [[whole], ["Sorry."]], {
        tools: [tool],
      });
      const messageId = await send();
      expect(endOfStream(await readStream(one, { messageId }))).toMatchObject({
        status: "complete",
        toolCalls: [
          {
            status: "error",
            progress: { percent: 1 },
            result: expect.stringContaining("It failed"),
          },
        ],
      });
      expect(String(failures[0]?.error)).toContain(problem);
    });
  });
});
