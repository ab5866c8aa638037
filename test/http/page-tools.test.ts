import { createLLM } from "@node-llm/core";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import type { ChatMessage, ChatRouterEvent } from "node-llm-trpc/server";
import { createToolFactory } from "node-llm-trpc/server";
import type { ScriptStep } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../support/clients/read-stream.ts";
import type { TestDatabase } from "../support/databases/describe-databases.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { failureOf } from "../support/failure-of.ts";
import type { AppRouterOptions } from "../support/servers/create-app-router.ts";
import { endOfStream } from "../support/servers/start-approval-scene.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";

const tool = createToolFactory<{ readonly userId: string }>();

const locate = tool({
  name: "locate",
  description: "Where the user is",
  inputSchema: z.object({ precise: z.boolean().default(false) }),
  outputSchema: z.object({ city: z.string().max(50) }),
  toModelOutput: ({ city }) => `In ${city}`,
});
/** Without a schema of its output. */
const ask = tool({ name: "ask", description: "Asks the user", inputSchema: z.object({}) });
const pay = tool({
  name: "pay",
  description: "Pays in the wallet of the page",
  inputSchema: z.object({}),
  needsApproval: true,
});
const look = tool({
  name: "look",
  description: "Looks",
  inputSchema: z.object({}),
  execute: () => "a file",
});
const tools = [locate, ask, pay, look];

const call = (name: string, id = "c1", args: string | Record<string, unknown> = {}) => ({
  toolCall: { id, name, arguments: args },
});

describeDatabases((_name, open) => {
  async function start(
    database: TestDatabase,
    scripts: readonly (readonly ScriptStep[])[],
    options: AppRouterOptions = {},
  ) {
    const provider = createScriptedProvider(scripts);
    const llm = createLLM({ provider });
    const settings = { tools, ...options };
    const one = (await startChatServer(database.prisma, llm, settings)).client("u1");
    const server = await startChatServer(database.connect(), llm, settings);
    const two = server.client("u1");
    const { id: chatId } = await one.chat.create.mutate({});
    const send = (content: string) => one.chat.send.mutate({ chatId, content });
    const messageId = (await send("Go")).assistantMessage.id;
    const end = async (client = one) => endOfStream(await readStream(client, { messageId }));
    const newest = async (): Promise<ChatMessage | undefined> =>
      (await two.chat.messages.query({ chatId })).items.at(-1);
    const respond = (output: unknown, toolCallId = "c1", client = two) =>
      // What a liar sends has no type.
      client.chat.respondToTool.mutate({ messageId, toolCallId, output: output as string });
    const stranger = server.client("u2");
    return { provider, one, two, stranger, chatId, messageId, send, end, newest, respond };
  }

  describe("a tool that the page runs", () => {
    it("waits in the database only, and another instance continues with its output", async () => {
      const events: ChatRouterEvent[] = [];
      const database = await open();
      const scene = await start(
        database,
        [["One moment. ", call("locate", "c1", { precise: true })], ["You are in Oslo."]],
        { onEvent: (event) => events.push(event) },
      );
      const { provider, messageId, respond } = scene;
      const waiting = await scene.end();
      expect(waiting).toMatchObject({
        status: "awaiting_output",
        content: "One moment. ",
        finishedAt: null,
        toolCalls: [{ status: "awaiting_output", arguments: { precise: true }, output: null }],
      });
      expect(await database.prisma.llmMessageChunk.count({ where: { kind: "text" } })).toBe(0);
      expect(await scene.newest()).toEqual(waiting);
      expect(await scene.end(scene.two)).toEqual(waiting);
      expect(events.map(({ type }) => type)).toContain("outputRequested");
      expect(events.map(({ type }) => type)).not.toContain("approvalRequested");

      const { assistantMessage } = await respond({ city: "Oslo", extra: "is not in the schema" });
      expect(assistantMessage.id).toBe(messageId);
      const ended = await scene.end(scene.two);
      expect(ended).toMatchObject({
        id: messageId,
        status: "complete",
        content: "One moment. You are in Oslo.",
        toolCalls: [{ status: "complete", output: { city: "Oslo" }, result: "In Oslo" }],
      });
      expect(await scene.end()).toEqual(ended);
      expect(await scene.newest()).toEqual(ended);
      expect(provider.requests[1]?.messages.map(({ role, content }) => [role, content])).toEqual([
        ["user", "Go"],
        ["assistant", "One moment. "],
        ["tool", "In Oslo"],
      ]);
    });

    it("takes any JSON without a schema, the same output again, and no other one", async () => {
      const values = [null, false, 0, "", "text", [], {}, { a: [{ b: null }] }, "\u0000 \uD800 👩‍🚀"];
      const calls = values.map((_, index) => call("ask", `c${index}`));
      const scene = await start(await open(), [calls, ["Done."]]);
      await scene.end();
      for (const [index, value] of values.entries()) {
        await scene.respond(value, `c${index}`, index % 2 === 0 ? scene.one : scene.two);
        await scene.respond(value, `c${index}`);
        expect(await failureOf(scene.respond("other", `c${index}`))).toMatchObject({
          data: { code: "CONFLICT" },
        });
      }
      const ended = await scene.end();
      expect(ended).toMatchObject({ status: "complete", content: "Done." });
      expect(ended?.toolCalls.map(({ output }) => output)).toEqual(values);
      expect(scene.provider.calls).toBe(2);
    });

    it("refuses an output that does not fit, is too large or belongs to nobody, and waits on", async () => {
      const scene = await start(await open(), [
        [call("locate"), call("look", "c2"), call("pay", "c3")],
        ["Ok."],
      ]);
      const { messageId, one, stranger, respond } = scene;
      await scene.end();
      const deep = JSON.parse("[".repeat(30) + "]".repeat(30));
      const liars: readonly unknown[] = [
        { city: 3 },
        "Oslo",
        { city: "x".repeat(51) },
        { city: "Oslo", more: "x".repeat(250_000) },
        { city: "Oslo", more: "é".repeat(150_000) },
        { city: "Oslo", more: Array.from({ length: 300_000 }, () => 0) },
        { city: "Oslo", more: deep },
        JSON.parse('{"city":"Oslo","__proto__":{}}'),
      ];
      for (const liar of liars)
        expect(await failureOf(respond(liar))).toMatchObject({ data: { code: "BAD_REQUEST" } });
      const mutate = one.chat.respondToTool.mutate;
      const fits = { messageId, toolCallId: "c1", output: { city: "Oslo" } };
      for (const input of [
        { messageId, toolCallId: "c1" },
        { ...fits, approved: true },
      ]) {
        expect(await failureOf(mutate(input))).toMatchObject({ data: { code: "BAD_REQUEST" } });
      }
      // The server runs one, another waits for an approval, and one does not exist.
      for (const [toolCallId, code] of [
        ["c2", "CONFLICT"],
        ["c3", "CONFLICT"],
        ["c9", "NOT_FOUND"],
      ]) {
        expect(await failureOf(mutate({ ...fits, toolCallId: String(toolCallId) }))).toMatchObject({
          data: { code },
        });
      }
      const foreign = await failureOf(stranger.chat.respondToTool.mutate(fits));
      const missing = { ...fits, messageId: crypto.randomUUID() };
      expect(foreign).toMatchObject({ data: { code: "NOT_FOUND" } });
      expect(String(foreign)).toBe(String(await failureOf(mutate(missing))));
      expect((await scene.newest())?.toolCalls).toMatchObject([
        { status: "awaiting_output" },
        { status: "complete" },
        { status: "awaiting_approval" },
      ]);
    });

    it("waits for its approval first, then for its output", async () => {
      const database = await open();
      const scene = await start(database, [
        [call("pay"), call("locate", "c2"), call("pay", "c3")],
        ["Paid."],
      ]);
      const { messageId, one, two, respond } = scene;
      const states = async () => {
        const message = await scene.newest();
        return [message?.status, ...(message?.toolCalls ?? []).map(({ status }) => status)];
      };
      expect((await scene.end())?.status).toBe("awaiting_approval");
      await respond({ city: "Oslo" }, "c2");
      expect(await states()).toEqual([
        "awaiting_approval",
        "awaiting_approval",
        "complete",
        "awaiting_approval",
      ]);
      const decide = { messageId, approved: true };
      await one.chat.respondToTool.mutate({ ...decide, toolCallId: "c1" });
      await two.chat.respondToTool.mutate({ ...decide, toolCallId: "c3" });
      expect(await states()).toEqual([
        "awaiting_output",
        "awaiting_output",
        "complete",
        "awaiting_output",
      ]);
      expect(await failureOf(scene.send("And?"))).toMatchObject({
        message: expect.stringContaining("the page runs"),
      });
      await respond({ receipt: 7 }, "c1");
      // The page could not, or the user did not want to.
      const denial = { messageId, toolCallId: "c3", approved: false, reason: "No wallet." };
      await one.chat.respondToTool.mutate(denial);
      await one.chat.respondToTool.mutate(denial);
      const result = "The tool was not run on the page of the user. Reason: No wallet.";
      expect(await scene.end()).toMatchObject({
        status: "complete",
        content: "Paid.",
        toolCalls: [{ output: { receipt: 7 } }, {}, { status: "denied", output: null, result }],
      });
      expect(scene.provider.calls).toBe(2);
    });

    it("is never asked to run a call with arguments that do not fit", async () => {
      const scene = await start(await open(), [
        [call("locate", "c1", { precise: "very" }), call("locate", "c2", "{no JSON")],
        ["Sorry."],
      ]);
      expect(await scene.end()).toMatchObject({
        status: "complete",
        toolCalls: [{ status: "error" }, { status: "error" }],
      });
    });

    it.each(["stop", "expiry", "kill"])(
      "leaves a history that a provider accepts after a %s",
      async (end) => {
        const database = await open();
        const scene = await start(
          database,
          [["A ", call("locate"), call("look", "c2"), call("pay", "c3")], ["Hello."]],
          end === "expiry" ? { approvalTimeout: 40 } : {},
        );
        const { messageId, one, two, respond } = scene;
        if (end === "stop") {
          await scene.end();
          expect(await two.chat.stop.mutate({ messageId })).toEqual({ stopped: true });
        } else if (end === "kill") {
          await scene.end();
          // As if the process had died right before it would have suspended the answer.
          await database.prisma.llmMessage.update({
            where: { id: messageId },
            data: { status: "streaming", createdAt: new Date(Date.now() - 60_000) },
          });
          await database.prisma.llmMessageChunk.updateMany({
            where: { messageId },
            data: { kind: "beat", timeoutMs: null },
          });
        }
        const status = { stop: "stopped", expiry: "failed", kill: "interrupted" }[end];
        await expect.poll(scene.newest).toMatchObject({
          status,
          ...(end === "expiry" ? { error: { code: "APPROVAL_EXPIRED", retryable: true } } : {}),
          toolCalls: [
            { status: "error", output: null, result: expect.stringMatching(/no output/) },
            { status: "complete" },
            { status: "denied" },
          ],
        });
        expect(await failureOf(respond({ city: "Oslo" }))).toMatchObject({
          data: { code: "CONFLICT" },
        });
        // Every test checks the requests with the rules of a strict provider.
        const { assistantMessage } = await scene.send("And now?");
        await readStream(one, { messageId: assistantMessage.id });
        expect(await scene.newest()).toMatchObject({ status: "complete", content: "Hello." });
        const results = scene.provider.requests[1]?.messages.filter(({ role }) => role === "tool");
        expect(results).toHaveLength(3);
      },
    );

    it("expires when only its output is missing", async () => {
      const scene = await start(await open(), [[call("ask")], ["Hello."]], {
        approvalTimeout: 40,
      });
      await expect.poll(scene.newest).toMatchObject({
        status: "failed",
        error: { code: "OUTPUT_EXPIRED", retryable: true },
        toolCalls: [{ status: "error" }],
      });
    });

    it("takes no more outputs than an answer has room for, however many arrive at once", async () => {
      const database = await open();
      const ids = Array.from({ length: 8 }, (_, index) => `c${index}`);
      const script = ids.map((id) => call("ask", id));
      const limits = { maxAnswerOutputBytes: 400 };
      const scene = await start(database, [script, ["Done."]], { limits });
      const { one, two, messageId } = scene;
      await scene.end();
      // As a text it is what the model is told, and is stored once.
      const output = "x".repeat(100);
      const outcomes = await Promise.allSettled(
        ids.map((id, index) => scene.respond(output, id, index % 2 === 0 ? one : two)),
      );
      const taken = ids.filter((_, index) => outcomes[index]?.status === "fulfilled");
      const refused = outcomes.flatMap((one_) => (one_.status === "rejected" ? [one_.reason] : []));
      const rows = await database.prisma.llmToolCall.findMany({ where: { messageId } });
      const bytes = rows.reduce(
        (sum, row) => sum + (row.result?.length ?? 0) + (row.output?.length ?? 0),
        0,
      );
      expect(bytes).toBeLessThanOrEqual(400);
      expect(taken.length).toBeGreaterThan(0);
      expect(refused).toHaveLength(ids.length - taken.length);
      for (const error of refused) {
        expect(error).toMatchObject({
          data: { code: "BAD_REQUEST" },
          message: expect.stringContaining("at most 400 bytes together"),
        });
      }
      // Nothing was written for those. They wait on, and a repeated one is still harmless.
      const waiting = rows.filter(({ status }) => status === "awaiting_output");
      expect(waiting).toHaveLength(refused.length);
      expect(waiting.every((row) => row.result === null && row.finishedAt === null)).toBe(true);
      expect((await scene.newest())?.status).toBe("awaiting_output");
      await scene.respond(output, taken[0]);
      for (const { toolCallId } of waiting)
        await two.chat.respondToTool.mutate({ messageId, toolCallId, approved: false });
      expect(await scene.end()).toMatchObject({ status: "complete", content: "Done." });
    });

    it("continues once, however many outputs arrive at the same moment", async () => {
      const scene = await start(await open(), [[call("locate")], ["Once."]]);
      const { one, two, respond } = scene;
      await scene.end();
      const cities = Array.from({ length: 8 }, (_, index) => ({ city: `City ${index % 4}` }));
      const outcomes = await Promise.allSettled(
        cities.map((output, index) => respond(output, "c1", index % 2 === 0 ? one : two)),
      );
      const ended = await scene.end();
      expect(ended).toMatchObject({ status: "complete", content: "Once." });
      expect(scene.provider.calls).toBe(2);
      const won = cities.filter((_, index) => outcomes[index]?.status === "fulfilled");
      expect(new Set(won.map(({ city }) => city)).size).toBe(1);
      expect(ended?.toolCalls[0]?.output).toEqual(won[0]);
    });
  });
});
