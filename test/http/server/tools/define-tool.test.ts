import { randomUUID } from "node:crypto";

import { Tool, z as zod3 } from "@node-llm/core";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import type { ChatMessage, RouterTool } from "node-llm-trpc/server";
import { createToolFactory, defineTool } from "node-llm-trpc/server";
import type { ScriptStep } from "node-llm-trpc/testing";
import { readStream } from "../../../support/clients/read-stream.ts";
import type { TestDatabase } from "../../../support/databases/describe-databases.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";
import type { AppRouterOptions } from "../../../support/servers/create-app-router.ts";
import { endOfStream } from "../../../support/servers/start-approval-scene.ts";
import { startToolScene } from "../../../support/servers/start-tool-scene.ts";

type Context = { readonly userId: string };
const tool = createToolFactory<Context>();

const call = (name: string, args: string | Record<string, unknown> = {}, id = "c1") => ({
  toolCall: { id, name, arguments: args },
});

/** Every kind of JSON, with texts that databases and wires like to change. */
const values: readonly unknown[] = [
  { celsius: -0.5, tags: ["a", null, true], nested: { "": "\u0000 \uD800 ü 👩‍🚀 \\" } },
  [],
  {},
  0,
  false,
  null,
  "",
  "a text",
  '{"looks":"like JSON"}',
  1e300,
];

describeDatabases((_name, open) => {
  async function start(
    database: TestDatabase,
    scripts: readonly (readonly ScriptStep[])[],
    options: AppRouterOptions,
  ) {
    const scene = await startToolScene(database, scripts, options);
    const { one, two, read } = scene;
    /** The answer as its stream ends, and as it is read later on each instance. */
    const answers = async (messageId: string): Promise<readonly (ChatMessage | undefined)[]> => {
      const streamed = endOfStream(await readStream(one, { messageId })) ?? undefined;
      return [streamed, await read(messageId, one), await read(messageId, two)];
    };
    return { ...scene, answers };
  }

  describe("a tool of a router", () => {
    it("knows who asks and for which call, and its value is the same everywhere", async () => {
      const runs: unknown[] = [];
      const weather = tool({
        name: "get_weather",
        description: "The weather",
        inputSchema: z.object({ city: z.string(), days: z.number().default(2) }),
        outputSchema: z.object({ celsius: z.number(), at: z.string().optional() }),
        execute: ({ city, days }, { signal, report, writeData: _write, ...rest }) => {
          report(null);
          runs.push({ city, days, ...rest, isAborted: signal.aborted });
          return { celsius: 3, extra: "is not in the schema" };
        },
        toModelOutput: ({ celsius }) => `${celsius} °C`,
      });
      const scene = await start(
        await open(),
        [[call("get_weather", { city: "Oslo" })], ["Cold."]],
        {
          tools: [weather],
        },
      );
      const messageId = await scene.send();
      const { chatId } = scene;
      for (const message of await scene.answers(messageId)) {
        expect(message?.toolCalls).toEqual([
          {
            toolCallId: "c1",
            name: "get_weather",
            arguments: { city: "Oslo" },
            output: { celsius: 3 },
            progress: null,
            result: "3 °C",
            status: "complete",
          },
        ]);
      }
      const ctx = expect.objectContaining({ userId: "u1" });
      const run = { ctx, chatId, messageId, toolCallId: "c1", isAborted: false };
      expect(runs).toEqual([{ city: "Oslo", days: 2, ...run }]);
      expect(scene.provider.requests[0]?.tools).toMatchObject([
        { function: { name: "get_weather", parameters: { required: ["city"] } } },
      ]);
      expect(scene.provider.requests[1]?.messages.at(-1)).toMatchObject({ content: "3 °C" });
    });

    it("returns any JSON, which is stored beside the text", async () => {
      class ValueTool extends Tool {
        override name = "of_class";
        override description = "Returns a value";
        override schema = zod3.object({ index: zod3.number() });
        readonly #values = values;
        override execute({ index }: { index?: number }): Promise<unknown> {
          return Promise.resolve(this.#values[index ?? -1]);
        }
      }
      const defined = defineTool({
        name: "defined",
        description: "Returns a value",
        inputSchema: zod3.object({ index: zod3.number() }),
        execute: ({ index }) => values[index],
      });
      const calls = values.flatMap((_, index) => [
        call("defined", { index }, `d${index}`),
        call("of_class", { index }, `c${index}`),
      ]);
      const { send, answers } = await start(await open(), [calls, ["Done."]], {
        tools: [defined, ValueTool],
        toolConcurrency: true,
      });
      for (const message of await answers(await send())) {
        const outputs = message?.toolCalls.map(({ output }) => output);
        expect(outputs).toEqual(values.flatMap((value) => [value, value]));
        expect(message?.status).toBe("complete");
      }
    });

    it("has failed when it throws or returns what does not fit, and nobody outside learns why", async () => {
      const secret = "postgresql://admin:hunter2@db";
      const failing: readonly RouterTool<Context>[] = [
        defineTool({
          name: "throws",
          description: "",
          inputSchema: z.object({}),
          execute: () => {
            throw new Error(secret);
          },
        }),
        defineTool({
          name: "misfits",
          description: "",
          inputSchema: z.object({}),
          outputSchema: z.object({ celsius: z.number() }),
          execute: () => JSON.parse(`{"celsius":"${secret}"}`),
        }),
        defineTool({
          name: "too_long",
          description: "",
          inputSchema: z.object({}),
          execute: () => "x".repeat(1_000_001),
        }),
        defineTool({
          name: "no_json",
          description: "",
          inputSchema: z.object({}),
          execute: () => 1n,
        }),
      ];
      const names = ["throws", "misfits", "too_long", "no_json"];
      const { provider, failures, send, answers } = await start(
        await open(),
        [names.map((name) => call(name, {}, name)), ["I could not."]],
        { tools: failing },
      );
      const messageId = await send();
      for (const message of await answers(messageId)) {
        expect(message?.status).toBe("complete");
        expect(message?.toolCalls).toMatchObject(
          names.map((name) => ({
            status: "error",
            output: null,
            result: `Error executing tool '${name}': It failed on the server.`,
          })),
        );
        expect(JSON.stringify(message)).not.toContain("hunter2");
      }
      expect(JSON.stringify(provider.requests)).not.toContain("hunter2");
      expect(failures).toMatchObject(
        names.map((toolName) => ({ task: "tool", messageId, toolName })),
      );
      expect(String(failures[0]?.error)).toContain(secret);
    });

    it("is not asked about arguments that do not fit, and neither is a person", async () => {
      const asked: unknown[] = [];
      const pay = tool({
        name: "pay",
        description: "Pays",
        inputSchema: z.object({ euros: z.number() }),
        needsApproval: ({ euros }, { ctx, ...rest }) => {
          asked.push({ euros, user: ctx.userId, ...rest });
          return euros > 100;
        },
        execute: ({ euros }) => ({ paid: euros }),
      });
      const scripts = [
        [call("pay", { euros: "all" }, "c1"), call("pay", "{not JSON", "c2")],
        [call("pay", { euros: 5 }, "c3"), call("pay", { euros: 500 }, "c4")],
        ["Paid."],
      ];
      const { one, two, chatId, send } = await start(await open(), scripts, { tools: [pay] });
      const messageId = await send();
      const events = await readStream(one, { messageId });
      const statuses = events.flatMap(({ event }) =>
        event.type === "tool" ? [[event.toolCall.toolCallId, event.toolCall.status]] : [],
      );
      // A call with unfit arguments is at no time shown as one that runs.
      expect(statuses.filter(([id]) => id === "c1" || id === "c2")).not.toContainEqual([
        expect.anything(),
        "running",
      ]);
      expect(endOfStream(events)).toMatchObject({
        status: "awaiting_approval",
        toolCalls: [
          { status: "error", result: expect.stringMatching(/^Invalid tool arguments: .*euros/s) },
          { status: "error", arguments: "{not JSON" },
          { status: "complete", output: { paid: 5 } },
          { status: "awaiting_approval", output: null },
        ],
      });
      expect(asked).toEqual([
        { euros: 5, user: "u1", chatId, messageId, toolCallId: "c3" },
        { euros: 500, user: "u1", chatId, messageId, toolCallId: "c4" },
      ]);
      await two.chat.respondToTool.mutate({ messageId, toolCallId: "c4", approved: true });
      expect(endOfStream(await readStream(one, { messageId }))).toMatchObject({
        status: "complete",
        toolCalls: [{}, {}, { output: { paid: 5 } }, { status: "complete", output: { paid: 500 } }],
      });
    });

    it("does not run a call that was judged unfit, also when its schema accepts it later", async () => {
      const orders = new Set<string>();
      const ran: string[] = [];
      const order = defineTool({
        name: "create_order",
        description: "",
        inputSchema: z.object({ id: z.string() }),
        execute: ({ id }) => {
          orders.add(id);
          return "created";
        },
      });
      const refund = defineTool({
        name: "refund",
        description: "",
        inputSchema: z.object({ id: z.string().refine(async (id) => orders.has(id)) }),
        needsApproval: true,
        execute: ({ id }) => {
          ran.push(id);
          return "refunded";
        },
      });
      const scripts = [
        [call("create_order", { id: "x" }, "c1"), call("refund", { id: "x" }, "c2")],
        ["Done."],
      ];
      const { one, send } = await start(await open(), scripts, { tools: [order, refund] });
      const events = await readStream(one, { messageId: await send() });
      expect(endOfStream(events)).toMatchObject({
        status: "complete",
        toolCalls: [
          { status: "complete" },
          { status: "error", result: expect.stringMatching(/^Invalid tool arguments/) },
        ],
      });
      expect(ran).toEqual([]);
    });

    it.each(["{not JSON", "[1]", '"text"', "null"])(
      "with JSON Schema is not asked about the arguments %s",
      async (args) => {
        const ran: unknown[] = [];
        const pay = defineTool({
          name: "pay",
          description: "",
          inputSchema: { type: "object", properties: { euros: { type: "number" } } },
          needsApproval: ({ euros }) => Number(euros) > 100,
          execute: (input) => {
            ran.push(input);
            return "paid";
          },
        });
        const scripts = [[call("pay", args)], ["Sorry."]];
        const { one, send } = await start(await open(), scripts, { tools: [pay] });
        const events = await readStream(one, { messageId: await send() });
        expect(endOfStream(events)).toMatchObject({
          status: "complete",
          content: "Sorry.",
          toolCalls: [{ status: "error" }],
        });
        expect(ran).toEqual([]);
      },
    );

    it("keeps a text whole that is cut for the model", async () => {
      const text = `${"long ".repeat(30_000)}end`;
      const read = defineTool({
        name: "read",
        description: "",
        inputSchema: z.object({}),
        execute: () => text,
      });
      const { send, answers } = await start(await open(), [[call("read")], ["Read."]], {
        tools: [read],
      });
      for (const message of await answers(await send())) {
        const [{ output, result } = { output: null, result: null }] = message?.toolCalls ?? [];
        expect(output).toBe(text);
        expect(result).toContain("The result was cut");
      }
    });

    it("may be chosen for each caller and chat, once for an answer, and a refusal writes nothing", async () => {
      const asked: unknown[] = [];
      const look = defineTool({
        name: "look",
        description: "",
        inputSchema: z.object({}),
        execute: () => "seen",
      });
      let isRefused = false;
      const database = await open();
      const { provider, one, chatId, send, answers } = await start(
        database,
        [[call("look")], ["Done."], ["Once more."]],
        {
          tools: async ({ ctx, chat }) => {
            asked.push([ctx.userId, chat.id]);
            if (isRefused) throw new Error("no database");
            return [look];
          },
        },
      );
      await answers(await send());
      expect(asked).toEqual([["u1", chatId]]);
      const again = { chatId, content: "Again", id: randomUUID() };
      const sent = await one.chat.send.mutate(again);
      await readStream(one, { messageId: sent.assistantMessage.id });
      expect(provider.requests[0]?.tools).toMatchObject([{ function: { name: "look" } }]);
      isRefused = true;
      const refused = await failureOf(one.chat.send.mutate({ chatId, content: "Again" }));
      expect(refused).toMatchObject({ data: { code: "INTERNAL_SERVER_ERROR" } });
      expect(refused).not.toMatchObject({ message: expect.stringContaining("database") });
      expect(await database.prisma.llmMessage.count()).toBe(4);
      // A repetition is no new answer, so it is not refused.
      const repeated = await one.chat.send.mutate(again);
      expect(repeated.assistantMessage.id).toBe(sent.assistantMessage.id);
    });

    it("takes as long as it wants without a limit", async () => {
      const slow = defineTool({
        name: "slow",
        description: "",
        inputSchema: z.object({}),
        execute: async (_input, { signal }) => {
          // The timer of a limit that is too long is over before this one.
          await new Promise((resolve) => setTimeout(resolve, 5));
          signal.throwIfAborted();
          return "Done.";
        },
      });
      const scene = await start(await open(), [[call("slow")], ["It took a while."]], {
        tools: [slow],
        toolTimeout: Infinity,
        idleTimeout: Infinity,
        titles: { timeout: Infinity },
      });
      const [ended] = await scene.answers(await scene.send());
      expect(ended?.toolCalls).toMatchObject([{ status: "complete", output: "Done." }]);
      expect(ended?.content).toBe("It took a while.");
      expect(scene.failures).toEqual([]);
    });

    it("gets a signal that aborts when the answer is stopped, and when it takes too long", async () => {
      const reasons: string[] = [];
      const slow = defineTool({
        name: "slow",
        description: "",
        inputSchema: z.object({}),
        execute: (_input, { signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener("abort", () => {
              reasons.push(String(signal.reason));
              reject(signal.reason);
            });
          }),
      });
      const late = await start(await open(), [[call("slow")], ["Too late."]], {
        tools: [slow],
        toolTimeout: 20,
      });
      const [ended] = await late.answers(await late.send());
      expect(ended?.toolCalls).toMatchObject([{ status: "error", output: null }]);
      expect(ended?.content).toBe("Too late.");
      expect(late.failures).toMatchObject([{ task: "tool", toolName: "slow" }]);

      const stopped = await start(await open(), [[call("slow")], ["Never."]], { tools: [slow] });
      const messageId = await stopped.send();
      await readStream(
        stopped.one,
        { messageId },
        (event) =>
          event.type === "tool" ||
          (event.type === "snapshot" && event.message.toolCalls.length > 0),
      );
      await stopped.two.chat.stop.mutate({ messageId });
      await expect.poll(() => reasons).toHaveLength(2);
      expect(stopped.failures).toEqual([]);
    });
  });
});
