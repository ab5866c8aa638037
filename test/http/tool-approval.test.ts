import type { ToolDefinition } from "@node-llm/core";
import { createLLM } from "@node-llm/core";
import { describe, expect, it } from "vitest";

import type { ChatMessage, ChatRouterOptions } from "node-llm-trpc/server";
import type { ScriptedProvider, ScriptStep } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { applyEvents } from "../../src/chat/live-message.ts";
import type { ReceivedEvent } from "../support/chat-server.ts";
import { readStream, startChatServer } from "../support/chat-server.ts";
import type { TestDatabase } from "../support/describe-databases.ts";
import { describeDatabases } from "../support/describe-databases.ts";
import { failureOf } from "../support/failure-of.ts";
import { tool } from "../support/tool.ts";
import { watchChat } from "../support/watch-chat.ts";

type Options = Partial<Omit<ChatRouterOptions<{ userId: string }>, "llm" | "prisma">>;

const call = (id: string, name: string) => ({ toolCall: { id, name, arguments: { path: id } } });
const patience = { timeout: 9_000, interval: 5 };
const usage = { usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 } };

/** A chat on two instances, whose answer deletes a file when it may. */
async function start(
  database: TestDatabase,
  scripts: readonly (readonly ScriptStep[])[],
  options: Options = {},
): Promise<Scene> {
  const provider = createScriptedProvider(scripts);
  const llm = createLLM({ provider });
  const runs: string[] = [];
  const remove = tool("remove", async (args) => {
    runs.push(JSON.stringify(args));
    return "removed";
  });
  const tools: ToolDefinition[] = [remove, tool("look", async () => "a file")];
  const settings = { tools, needsApproval: ["remove"], ...options };
  const one = (await startChatServer(database.prisma, llm, settings)).client("u1");
  const server = await startChatServer(database.connect(), llm, settings);
  const two = server.client("u1");
  const chat = await one.chat.create.mutate({});
  const send = (content: string) => one.chat.send.mutate({ chatId: chat.id, content });
  const { assistantMessage } = await send("Remove it");
  const first = async (): Promise<ChatMessage | undefined> =>
    (await one.chat.messages.query({ chatId: chat.id })).items.at(-1);
  const stranger = server.client("u2");
  const { id: messageId } = assistantMessage;
  return { provider, runs, one, two, stranger, chatId: chat.id, messageId, send, newest: first };
}

type Client = Awaited<ReturnType<typeof startChatServer>>["client"] extends (id: string) => infer C
  ? C
  : never;

interface Scene {
  readonly provider: ScriptedProvider;
  readonly runs: readonly string[];
  readonly one: Client;
  readonly two: Client;
  readonly stranger: Client;
  readonly chatId: string;
  readonly messageId: string;
  readonly send: (content: string) => Promise<{ assistantMessage: ChatMessage }>;
  readonly newest: () => Promise<ChatMessage | undefined>;
}

const last = (events: readonly ReceivedEvent[]): ChatMessage | null => {
  const event = events.at(-1)?.event;
  return event?.type === "done" ? event.message : null;
};

describeDatabases((_name, open) => {
  describe("a tool that needs approval", () => {
    it("waits in the database alone, and the same message goes on from another instance", async () => {
      const database = await open();
      const scene = await start(database, [
        ["I will remove it. ", call("c1", "remove"), usage],
        ["It is gone.", usage],
      ]);
      const { one, two, messageId, runs, provider } = scene;
      const waiting = await readStream(one, { messageId });
      expect(last(waiting)).toMatchObject({
        id: messageId,
        status: "awaiting_approval",
        content: "I will remove it. ",
        finishedAt: null,
        toolCalls: [{ toolCallId: "c1", status: "awaiting_approval", result: null }],
      });
      expect(runs).toEqual([]);
      expect(await database.prisma.llmMessageChunk.count({ where: { kind: "text" } })).toBe(0);
      expect(await scene.newest()).toEqual(last(waiting));
      // Whoever comes to it gets the same, at once.
      expect(last(await readStream(two, { messageId }))?.status).toBe("awaiting_approval");

      const decision = { messageId, toolCallId: "c1", approved: true };
      const { assistantMessage } = await two.chat.respondToTool.mutate(decision);
      expect(assistantMessage.id).toBe(messageId);
      expect(assistantMessage.content).toMatch(/^I will remove it\. /);
      const ended = await readStream(two, { messageId });
      expect(last(ended)).toMatchObject({
        id: messageId,
        status: "complete",
        content: "I will remove it. It is gone.",
        parts: [
          { type: "text", text: "I will remove it. " },
          { type: "tool", toolCallId: "c1" },
          { type: "text", text: "It is gone." },
        ],
        toolCalls: [{ toolCallId: "c1", status: "complete", result: "removed" }],
        usage: { inputTokens: 20, outputTokens: 10 },
      });
      expect(runs).toEqual(['{"path":"c1"}']);
      expect(provider.calls).toBe(2);
      expect(provider.requests[1]?.messages.map(({ role, content }) => [role, content])).toEqual([
        ["user", "Remove it"],
        ["assistant", "I will remove it. "],
        ["tool", "removed"],
      ]);
      // The instance on which it began has kept nothing of it.
      expect(last(await readStream(one, { messageId }))).toEqual(last(ended));
      expect(await database.prisma.llmRequest.count({ where: { messageId } })).toBe(2);
    });

    it("goes to the model as a result when it is denied", async () => {
      const scene = await start(await open(), [[call("c1", "remove")], ["Then I leave it."]]);
      const { one, two, messageId, provider, runs } = scene;
      await readStream(one, { messageId });
      const decision = { messageId, toolCallId: "c1", approved: false, reason: "It is mine." };
      await two.chat.respondToTool.mutate(decision);
      const result = "The user did not allow this tool to run. Reason: It is mine.";
      expect(last(await readStream(one, { messageId }))).toMatchObject({
        status: "complete",
        content: "Then I leave it.",
        toolCalls: [{ status: "denied", result }],
      });
      expect(runs).toEqual([]);
      expect(provider.requests[1]?.messages.at(-1)).toMatchObject({
        role: "tool",
        content: result,
      });
    });

    it("is denied when the app itself does not confirm what was allowed", async () => {
      const database = await open();
      const scene = await start(database, [[call("c1", "remove")], ["Then not."]], {
        toolExecution: "confirm",
        onConfirmToolCall: () => Promise.resolve(false),
      });
      const { one, messageId, runs } = scene;
      await readStream(one, { messageId });
      await one.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
      await expect.poll(scene.newest).toMatchObject({ status: "complete", content: "Then not." });
      expect(runs).toEqual([]);
      // The row, since readers are told that what is left in one has ended.
      expect(await database.prisma.llmToolCall.findMany()).toMatchObject([{ status: "denied" }]);
    });

    it("waits for every call of the step, and runs those that need nobody", async () => {
      const scene = await start(await open(), [
        [call("c1", "remove"), call("c2", "look"), call("c3", "remove")],
        ["Done."],
      ]);
      const { one, two, messageId, provider, runs } = scene;
      const waiting = last(await readStream(one, { messageId }));
      expect(waiting?.toolCalls.map(({ status }) => status)).toEqual([
        "awaiting_approval",
        "complete",
        "awaiting_approval",
      ]);
      const [first, second] = await Promise.all([
        one.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true }),
        two.chat.respondToTool.mutate({ messageId, toolCallId: "c3", approved: false }),
      ]);
      const states = [first, second].map(({ assistantMessage }) => assistantMessage.status);
      expect(states.filter((status) => status === "awaiting_approval").length).toBeLessThan(2);
      await expect.poll(scene.newest).toMatchObject({ status: "complete", content: "Done." });
      expect((await scene.newest())?.toolCalls.map(({ status }) => status)).toEqual([
        "complete",
        "complete",
        "denied",
      ]);
      expect(runs).toEqual(['{"path":"c1"}']);
      expect(provider.calls).toBe(2);
      expect(provider.requests[1]?.messages.map(({ role }) => role)).toEqual([
        "user",
        "assistant",
        "tool",
        "tool",
        "tool",
      ]);
    });

    it("shows at once that it may run to those who read, while another call still runs", async () => {
      let finish = (): void => undefined;
      const isFinished = new Promise<void>((resolve) => (finish = resolve));
      const slow = tool("slow", async () => isFinished.then(() => "at last"));
      const remove = tool("remove", async () => "removed");
      const script = ["Both. ", call("c1", "remove"), call("c2", "slow")];
      const scene = await start(await open(), [script, ["Done."]], { tools: [remove, slow] });
      const { one, messageId } = scene;
      const is = (status: string) => (event: ReceivedEvent["event"]) => {
        if (event.type === "tool") return event.toolCall.status === status;
        const calls = event.type === "snapshot" ? event.message.toolCalls : [];
        return calls.length === 2 && calls[0]?.status === status;
      };
      const before = await readStream(one, { messageId }, is("awaiting_approval"));
      const lastEventId = before.at(-1)?.id ?? "";
      const reading = readStream(one, { messageId, lastEventId }, is("running"));
      await one.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
      expect((await reading).map(({ event }) => event)).toMatchObject([
        { type: "tool", toolCall: { toolCallId: "c1", status: "running" } },
      ]);
      finish();
      await expect.poll(scene.newest).toMatchObject({ status: "complete" });
    });

    it("may be decided on while another call still runs: the answer then goes on by itself", async () => {
      let finish = (): void => undefined;
      const isFinished = new Promise<void>((resolve) => (finish = resolve));
      const slow = tool("slow", async () => isFinished.then(() => "at last"));
      const remove = tool("remove", async () => "removed");
      const scene = await start(
        await open(),
        [
          ["Both. ", call("c1", "remove"), call("c2", "slow")],
          ["One, ", { hold: true }, "two."],
        ],
        { tools: [remove, slow] },
      );
      const { one, two, messageId, provider } = scene;
      const isHeld = (event: ReceivedEvent["event"]): boolean => {
        const calls = event.type === "snapshot" ? event.message.toolCalls : [];
        if (event.type === "tool") return event.toolCall.status === "awaiting_approval";
        return calls.some(({ status }) => status === "awaiting_approval");
      };
      const before = await readStream(one, { messageId }, isHeld);
      const here = readStream(one, { messageId, lastEventId: before.at(-1)?.id ?? "" });
      const there = readStream(two, { messageId });
      await two.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
      finish();
      await provider.waitForHold();
      provider.release();
      const placeholder = { ...(last(await here) ?? ({} as ChatMessage)), content: "" };
      expect(last(await there)).toEqual(last(await here));
      expect(last(await here)).toMatchObject({
        status: "complete",
        content: "Both. One, two.",
        toolCalls: [
          { toolCallId: "c1", status: "complete", result: "removed" },
          { toolCallId: "c2", status: "complete", result: "at last" },
        ],
      });
      for (const events of [await here, await there]) {
        expect(events.filter(({ event }) => event.type === "done")).toHaveLength(1);
        const steps = events.map(({ event }) => event);
        expect(applyEvents(placeholder, steps).content).toBe("Both. One, two.");
      }
      expect(provider.calls).toBe(2);
    });

    it("is decided on once, however often and from wherever it is said", async () => {
      const scene = await start(await open(), [[call("c1", "remove")], ["Gone."]]);
      const { one, two, messageId, provider, runs } = scene;
      await readStream(one, { messageId });
      const decision = { messageId, toolCallId: "c1", approved: true };
      const clients = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? one : two));
      await Promise.all(clients.map((client) => client.chat.respondToTool.mutate(decision)));
      await expect.poll(scene.newest).toMatchObject({ status: "complete", content: "Gone." });
      expect(runs).toHaveLength(1);
      expect(provider.calls).toBe(2);
      const again = await one.chat.respondToTool.mutate(decision);
      expect(again.assistantMessage.status).toBe("complete");
      const other = one.chat.respondToTool.mutate({ ...decision, approved: false });
      expect(await failureOf(other)).toMatchObject({ data: { code: "CONFLICT" } });
      const unknown = one.chat.respondToTool.mutate({ ...decision, toolCallId: "c9" });
      expect(await failureOf(unknown)).toMatchObject({ data: { code: "NOT_FOUND" } });
    });

    it("is nobody else's business", async () => {
      const scene = await start(await open(), [[call("c1", "remove")], ["Gone."]]);
      const { one, stranger, messageId, runs } = scene;
      await readStream(one, { messageId });
      const decision = { messageId, toolCallId: "c1", approved: true };
      const failure = await failureOf(stranger.chat.respondToTool.mutate(decision));
      const missing = await failureOf(
        stranger.chat.respondToTool.mutate({ ...decision, messageId: crypto.randomUUID() }),
      );
      expect(failure).toMatchObject({ data: { code: "NOT_FOUND" } });
      expect(String(failure)).toBe(String(missing));
      expect(runs).toEqual([]);
      expect((await scene.newest())?.status).toBe("awaiting_approval");
    });

    it("keeps the chat taken until it is stopped", async () => {
      const scene = await start(await open(), [[call("c1", "remove")], ["Hello."]]);
      const { one, two, chatId, messageId, runs } = scene;
      await readStream(one, { messageId });
      const again = one.chat.regenerate.mutate({ messageId });
      expect(await failureOf(again)).toMatchObject({ data: { code: "CONFLICT" } });
      expect(await failureOf(scene.send("And?"))).toMatchObject({
        data: { code: "CONFLICT" },
        message: expect.stringContaining("waits for the approval"),
      });
      expect((await one.chat.get.query({ chatId })).activeMessageId).toBe(messageId);
      expect(await two.chat.stop.mutate({ messageId })).toEqual({ stopped: true });
      expect(await two.chat.stop.mutate({ messageId })).toEqual({ stopped: false });
      expect(await scene.newest()).toMatchObject({
        status: "stopped",
        toolCalls: [{ status: "denied" }],
      });
      const late = one.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
      expect(await failureOf(late)).toMatchObject({ data: { code: "CONFLICT" } });
      const { assistantMessage } = await scene.send("Never mind");
      await readStream(one, { messageId: assistantMessage.id });
      expect(await scene.newest()).toMatchObject({ status: "complete", content: "Hello." });
      expect(runs).toEqual([]);
    });

    it("ends by itself when nobody decides in time", async () => {
      const scene = await start(await open(), [[call("c1", "remove")], ["Hello."]], {
        approvalTimeout: 40,
      });
      const { one, two, messageId } = scene;
      await expect.poll(scene.newest).toMatchObject({
        status: "failed",
        error: { code: "APPROVAL_EXPIRED", retryable: true },
        toolCalls: [{ status: "denied" }],
      });
      const late = two.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
      expect(await failureOf(late)).toMatchObject({ data: { code: "CONFLICT" } });
      const { assistantMessage } = await one.chat.regenerate.mutate({ messageId });
      expect(last(await readStream(one, { messageId: assistantMessage.id }))?.content).toBe(
        "Hello.",
      );
    });

    it("is told to the other tabs when it begins to wait, goes on and ends", async () => {
      const scene = await start(await open(), [[call("c1", "remove")], ["On. ", { hold: true }]]);
      const { one, two, chatId, messageId, provider } = scene;
      await readStream(one, { messageId });
      const watch = watchChat(two, { chatId });
      const types = (): string[] => watch.notices.map(({ notice }) => notice.type);
      await expect.poll(types).toContain("state");
      await one.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
      await expect.poll(types).toContain("updated");
      await provider.waitForHold();
      provider.release();
      await expect.poll(types).toContain("finished");
      watch.stop();
    });

    it("tells other tabs of each decision, and of a call that begins to wait right behind one", async () => {
      const scene = await start(await open(), [
        [call("c1", "remove"), call("c2", "remove")],
        ["On. ", call("c3", "remove")],
        ["Done."],
      ]);
      const { one, two, chatId, messageId } = scene;
      await readStream(one, { messageId });
      let lastEventId = "";
      // What a tab is told that comes back after each step.
      const told = async (): Promise<string[]> => {
        const watch = watchChat(two, { chatId, lastEventId });
        await expect.poll(() => watch.notices.length, patience).toBeGreaterThan(0);
        watch.stop();
        lastEventId = watch.notices.at(-1)?.id ?? "";
        expect(lastEventId.length).toBeLessThan(110);
        return watch.notices.map(({ notice }) => notice.type);
      };
      expect(await told()).toEqual(["state"]);
      await one.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
      expect(await told()).toEqual(["updated"]);
      await one.chat.respondToTool.mutate({ messageId, toolCallId: "c2", approved: false });
      await expect
        .poll(scene.newest, patience)
        .toMatchObject({ status: "awaiting_approval", content: "On. " });
      expect(await told()).toEqual(["updated"]);
      await one.chat.respondToTool.mutate({ messageId, toolCallId: "c3", approved: true });
      await expect
        .poll(scene.newest, patience)
        .toMatchObject({ status: "complete", content: "On. Done." });
      expect(await told()).toEqual(["finished"]);
    });

    it("waits in the last allowed step, too", async () => {
      const scene = await start(
        await open(),
        [["A", call("c1", "look")], ["B", call("c2", "look"), call("c3", "remove")], ["C"]],
        { maxToolCalls: 2 },
      );
      const { one, two, messageId } = scene;
      expect(last(await readStream(one, { messageId }))?.status).toBe("awaiting_approval");
      await two.chat.respondToTool.mutate({ messageId, toolCallId: "c3", approved: true });
      expect(last(await readStream(two, { messageId }))).toMatchObject({
        status: "complete",
        content: "ABC",
      });
    });

    it("waits again when the model asks again", async () => {
      const scene = await start(await open(), [
        ["A", call("c1", "remove")],
        ["B", call("c1", "remove")],
        ["C"],
      ]);
      const { one, two, messageId, runs } = scene;
      await readStream(one, { messageId });
      await two.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
      const second = last(await readStream(two, { messageId }));
      expect(second).toMatchObject({ status: "awaiting_approval", content: "AB" });
      const [, again] = second?.toolCalls ?? [];
      const toolCallId = again?.toolCallId ?? "";
      await one.chat.respondToTool.mutate({ messageId, toolCallId, approved: true });
      expect(last(await readStream(one, { messageId }))).toMatchObject({
        status: "complete",
        content: "ABC",
        toolCalls: [{ status: "complete" }, { status: "complete" }],
      });
      expect(runs).toHaveLength(2);
    });

    it("is asked for by a function that sees the call", async () => {
      const seen: unknown[] = [];
      const scene = await start(
        await open(),
        [[call("c1", "remove"), call("c2", "look")], ["Ok."]],
        {
          needsApproval: (proposed) => {
            seen.push(proposed);
            return false;
          },
        },
      );
      const { one, chatId, messageId, runs } = scene;
      expect(last(await readStream(one, { messageId }))?.status).toBe("complete");
      expect(runs).toHaveLength(1);
      expect(seen).toMatchObject([
        {
          ctx: { userId: "u1" },
          chatId,
          messageId,
          toolCallId: "c1",
          name: "remove",
          arguments: { path: "c1" },
        },
        { toolCallId: "c2", name: "look" },
      ]);
    });
  });
});
