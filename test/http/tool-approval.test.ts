import { describe, expect, it } from "vitest";

import {
  endOfStream,
  startApprovalScene,
  toolCallStep,
} from "../support/servers/start-approval-scene.ts";
import { readStream } from "../support/clients/read-stream.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { failureOf } from "../support/failure-of.ts";

const usage = { usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 } };

describeDatabases((_name, open) => {
  describe("a tool that needs approval", () => {
    it("waits in the database only, and another instance continues the same message", async () => {
      const database = await open();
      const scene = await startApprovalScene(database, [
        ["I will remove it. ", toolCallStep("c1", "remove"), usage],
        ["It is gone.", usage],
      ]);
      const { one, two, messageId, runs, provider } = scene;
      const waiting = await readStream(one, { messageId });
      expect(endOfStream(waiting)).toMatchObject({
        id: messageId,
        status: "awaiting_approval",
        content: "I will remove it. ",
        finishedAt: null,
        toolCalls: [{ toolCallId: "c1", status: "awaiting_approval", result: null }],
      });
      expect(runs).toEqual([]);
      expect(await database.prisma.llmMessageChunk.count({ where: { kind: "text" } })).toBe(0);
      expect(await scene.newest()).toEqual(endOfStream(waiting));
      // A reader on another instance gets the same at once.
      expect(endOfStream(await readStream(two, { messageId }))?.status).toBe("awaiting_approval");

      const decision = { messageId, toolCallId: "c1", approved: true };
      const { assistantMessage } = await two.chat.respondToTool.mutate(decision);
      expect(assistantMessage.id).toBe(messageId);
      expect(assistantMessage.content).toMatch(/^I will remove it\. /);
      const ended = await readStream(two, { messageId });
      expect(endOfStream(ended)).toMatchObject({
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
      // The instance where the answer began has kept no stale copy of it.
      expect(endOfStream(await readStream(one, { messageId }))).toEqual(endOfStream(ended));
      expect(await database.prisma.llmRequest.count({ where: { messageId } })).toBe(2);
    });

    it("is reported to the model as a result when it is denied", async () => {
      const scene = await startApprovalScene(await open(), [
        [toolCallStep("c1", "remove")],
        ["Then I leave it."],
      ]);
      const { one, two, messageId, provider, runs } = scene;
      await readStream(one, { messageId });
      const decision = { messageId, toolCallId: "c1", approved: false, reason: "It is mine." };
      await two.chat.respondToTool.mutate(decision);
      const result = "The user did not allow this tool to run. Reason: It is mine.";
      expect(endOfStream(await readStream(one, { messageId }))).toMatchObject({
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

    it("is denied when the app does not confirm what the user approved", async () => {
      const database = await open();
      const scene = await startApprovalScene(
        database,
        [[toolCallStep("c1", "remove")], ["Then not."]],
        {
          toolExecution: "confirm",
          onConfirmToolCall: () => Promise.resolve(false),
        },
      );
      const { one, messageId, runs } = scene;
      await readStream(one, { messageId });
      await one.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
      await expect.poll(scene.newest).toMatchObject({ status: "complete", content: "Then not." });
      expect(runs).toEqual([]);
      // Checked in the row, since readers are told that a call left in any other state has ended.
      expect(await database.prisma.llmToolCall.findMany()).toMatchObject([{ status: "denied" }]);
    });

    it("waits for every call of the step, and runs those that need no approval", async () => {
      const scene = await startApprovalScene(await open(), [
        [toolCallStep("c1", "remove"), toolCallStep("c2", "look"), toolCallStep("c3", "remove")],
        ["Done."],
      ]);
      const { one, two, messageId, provider, runs } = scene;
      const waiting = endOfStream(await readStream(one, { messageId }));
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

    it("is decided on once, however often and on whichever instance the decision arrives", async () => {
      const scene = await startApprovalScene(await open(), [
        [toolCallStep("c1", "remove")],
        ["Gone."],
      ]);
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

    it("cannot be decided on by another user", async () => {
      const scene = await startApprovalScene(await open(), [
        [toolCallStep("c1", "remove")],
        ["Gone."],
      ]);
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

    it("keeps the chat locked until it is stopped", async () => {
      const scene = await startApprovalScene(await open(), [
        [toolCallStep("c1", "remove")],
        ["Hello."],
      ]);
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

    it("expires when nobody decides in time", async () => {
      const scene = await startApprovalScene(
        await open(),
        [[toolCallStep("c1", "remove")], ["Hello."]],
        {
          approvalTimeout: 40,
        },
      );
      const { one, two, messageId } = scene;
      await expect.poll(scene.newest).toMatchObject({
        status: "failed",
        error: { code: "APPROVAL_EXPIRED", retryable: true },
        toolCalls: [{ status: "denied" }],
      });
      const late = two.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
      expect(await failureOf(late)).toMatchObject({ data: { code: "CONFLICT" } });
      const { assistantMessage } = await one.chat.regenerate.mutate({ messageId });
      expect(endOfStream(await readStream(one, { messageId: assistantMessage.id }))?.content).toBe(
        "Hello.",
      );
    });

    it("can wait in the last allowed step", async () => {
      const scene = await startApprovalScene(
        await open(),
        [
          ["A", toolCallStep("c1", "look")],
          ["B", toolCallStep("c2", "look"), toolCallStep("c3", "remove")],
          ["C"],
        ],
        { maxToolCalls: 2 },
      );
      const { one, two, messageId } = scene;
      expect(endOfStream(await readStream(one, { messageId }))?.status).toBe("awaiting_approval");
      await two.chat.respondToTool.mutate({ messageId, toolCallId: "c3", approved: true });
      expect(endOfStream(await readStream(two, { messageId }))).toMatchObject({
        status: "complete",
        content: "ABC",
      });
    });

    it("waits again when the model calls it again", async () => {
      const scene = await startApprovalScene(await open(), [
        ["A", toolCallStep("c1", "remove")],
        ["B", toolCallStep("c1", "remove")],
        ["C"],
      ]);
      const { one, two, messageId, runs } = scene;
      await readStream(one, { messageId });
      await two.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
      const second = endOfStream(await readStream(two, { messageId }));
      expect(second).toMatchObject({ status: "awaiting_approval", content: "AB" });
      const [, again] = second?.toolCalls ?? [];
      const toolCallId = again?.toolCallId ?? "";
      await one.chat.respondToTool.mutate({ messageId, toolCallId, approved: true });
      expect(endOfStream(await readStream(one, { messageId }))).toMatchObject({
        status: "complete",
        content: "ABC",
        toolCalls: [{ status: "complete" }, { status: "complete" }],
      });
      expect(runs).toHaveLength(2);
    });

    it("can depend on a function that sees the call", async () => {
      const seen: unknown[] = [];
      const scene = await startApprovalScene(
        await open(),
        [[toolCallStep("c1", "remove"), toolCallStep("c2", "look")], ["Ok."]],
        {
          needsApproval: (proposed) => {
            seen.push(proposed);
            return false;
          },
        },
      );
      const { one, chatId, messageId, runs } = scene;
      expect(endOfStream(await readStream(one, { messageId }))?.status).toBe("complete");
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
