import { describe, expect, it } from "vitest";
import { z } from "zod";

import type { ChatEvent, ChatMessage } from "node-llm-trpc/server";
import { defineTool } from "node-llm-trpc/server";
import type { ScriptStep } from "node-llm-trpc/testing";
import { Gate } from "../../../../src/testing/gate.ts";
import { readStream } from "../../../support/clients/read-stream.ts";
import type { TestDatabase } from "../../../support/databases/describe-databases.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { takeOver } from "../../../support/databases/take-over.ts";
import type { AppRouterOptions } from "../../../support/servers/create-app-router.ts";
import { endOfStream } from "../../../support/servers/start-approval-scene.ts";
import { startToolScene } from "../../../support/servers/start-tool-scene.ts";

const data = {
  source: z.object({ title: z.string() }),
  status: z.object({ step: z.number() }),
};

const call = { toolCall: { id: "c1", name: "research", arguments: {} } };

const dataOf = ({ parts }: Pick<ChatMessage, "parts">) =>
  parts.flatMap((part) =>
    part.type === "data" ? [`${part.name} ${part.id} ${JSON.stringify(part.data)}`] : [],
  );

describeDatabases((_name, open) => {
  const start = (
    database: TestDatabase,
    scripts: readonly (readonly ScriptStep[])[],
    options: AppRouterOptions,
  ) => startToolScene(database, scripts, { data, ...options });

  /** Writes, waits for the test, and writes again. */
  const research = (gate: Gate) =>
    defineTool({
      name: "research",
      description: "Researches",
      inputSchema: z.object({}),
      execute: async (_input, { writeData, signal }) => {
        writeData({ name: "status", id: "s", data: { step: 1 } });
        writeData({ name: "source", id: "a", data: { title: "Fjords \u0000", more: "is cut" } });
        await gate.pass(signal);
        writeData({ name: "status", id: "s", data: { step: 2 } });
        return "found";
      },
    });

  describe("data of an answer", () => {
    it("reaches every reader in its place, is replaced there, and stays", async () => {
      const gate = new Gate();
      const scene = await start(await open(), [["Let me look. ", call], ["Found."], ["Hello."]], {
        tools: [research(gate)],
        onStart: ({ ctx, messageId, writeData }) => {
          writeData({
            name: "status",
            id: "start",
            data: { step: ctx.userId.length + messageId.length },
          });
        },
      });
      const { provider, one, two, send, read } = scene;
      const messageId = await send();
      await gate.reached();
      const hasSource = (event: ChatEvent): boolean =>
        event.type === "data"
          ? event.part.name === "source"
          : event.type === "snapshot" &&
            event.message.parts.some((part) => part.type === "data" && part.name === "source");
      for (const client of [one, two])
        expect((await readStream(client, { messageId }, hasSource)).length).toBeGreaterThan(0);
      const early = [
        'status start {"step":38}',
        'status s {"step":1}',
        'source a {"title":"Fjords \\u0000"}',
      ];
      for (const client of [one, two])
        expect(dataOf((await read(messageId, client)) ?? { parts: [] })).toEqual(early);
      gate.release(1);
      const ended = endOfStream(await readStream(two, { messageId }));
      const expected = {
        status: "complete",
        content: "Let me look. Found.",
        parts: [
          { type: "data", name: "status", id: "start", data: { step: 38 } },
          { type: "text", text: "Let me look. " },
          { type: "tool", toolCallId: "c1" },
          { type: "data", name: "status", id: "s", data: { step: 2 } },
          { type: "data", name: "source", id: "a", data: { title: "Fjords \u0000" } },
          { type: "text", text: "Found." },
        ],
      };
      expect(ended).toMatchObject(expected);
      for (const client of [one, two])
        expect(await read(messageId, client)).toMatchObject(expected);
      expect(JSON.stringify(ended)).not.toContain("revision");
      await send("And now?");
      await provider.waitForCall(3);
      expect(JSON.stringify(provider.requests)).not.toMatch(/Fjords|\bstep\b/);
    });

    it("survives its process", async () => {
      const database = await open();
      const gate = new Gate();
      const { send, read } = await start(database, [["Let me look. ", call], ["Found."]], {
        tools: [research(gate)],
      });
      const messageId = await send();
      await gate.reached();
      const { prisma } = database;
      await expect.poll(() => prisma.llmMessageChunk.count({ where: { kind: "data" } })).toBe(2);
      await takeOver(prisma);
      gate.release(1);
      const message = await read(messageId);
      expect(message?.status).toBe("interrupted");
      expect(dataOf(message ?? { parts: [] })).toEqual([
        'status s {"step":1}',
        'source a {"title":"Fjords \\u0000"}',
      ]);
    });

    it("takes one row for each save, however often it is written", async () => {
      const database = await open();
      const gate = new Gate();
      const busy = defineTool({
        name: "research",
        description: "",
        inputSchema: z.object({}),
        execute: async (_input, { writeData, signal }) => {
          for (let step = 0; step < 10_000; step++)
            writeData({ name: "status", id: "s", data: { step } });
          await gate.pass(signal);
          return "";
        },
      });
      const { one, send } = await start(database, [[call], ["Done."]], { tools: [busy] });
      const messageId = await send();
      await gate.reached();
      const rows = () => database.prisma.llmMessageChunk.findMany({ where: { kind: "data" } });
      await expect.poll(async () => (await rows()).at(-1)?.text).toContain("9999");
      expect((await rows()).length).toBeLessThan(20);
      gate.release(1);
      const ended = endOfStream(await readStream(one, { messageId }));
      expect(dataOf(ended ?? { parts: [] })).toEqual(['status s {"step":9999}']);
    });

    it.each([
      ["a name without a schema", [{ name: "sources", data: {} }], "no schema for 'sources'"],
      ["what the schema refuses", [{ name: "source", data: {} }], "not what its schema says"],
      [
        "a long id",
        [{ name: "source", id: "x".repeat(201), data: { title: "" } }],
        "200 characters",
      ],
      [
        "too many parts",
        Array.from({ length: 101 }, () => ({ name: "source", data: { title: "" } })),
        "100 parts",
      ],
      [
        "too much",
        Array.from({ length: 6 }, () => ({ name: "source", data: { title: "x".repeat(99_000) } })),
        "500000 characters",
      ],
    ])("is refused when it is %s", async (_kind, written, problem) => {
      const tool = defineTool({
        name: "research",
        description: "",
        inputSchema: z.object({}),
        execute: (_input, { writeData }) => {
          for (const one of written) writeData(one);
          return "";
        },
      });
      const { one, failures, send } = await start(await open(), [[call], ["Sorry."]], {
        tools: [tool],
      });
      const messageId = await send();
      expect(endOfStream(await readStream(one, { messageId }))).toMatchObject({
        status: "complete",
        toolCalls: [{ status: "error", result: expect.stringContaining("It failed") }],
      });
      expect(String(failures[0]?.error)).toContain(problem);
    });

    it("is a failure of the answer when `onStart` throws, and the model is not asked", async () => {
      const { provider, one, failures, send } = await start(await open(), [["Hello."]], {
        onStart: () => {
          throw new Error("no index");
        },
      });
      const messageId = await send();
      const ended = endOfStream(await readStream(one, { messageId }));
      expect(ended).toMatchObject({ status: "failed" });
      expect(JSON.stringify(ended)).not.toContain("no index");
      expect(String(failures[0]?.error)).toContain("no index");
      expect(provider.calls).toBe(0);
    });
  });
});
