import { describe, expect, it } from "vitest";

import type { ChatMessage } from "node-llm-trpc/server";
import { applyEvents } from "../support/clients/apply-events.ts";
import {
  endOfStream,
  startApprovalScene,
  toolCallStep,
} from "../support/servers/start-approval-scene.ts";
import type { ReceivedEvent } from "../support/clients/read-stream.ts";
import { readStream } from "../support/clients/read-stream.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { tool } from "../support/providers/tool.ts";
import { watchChat } from "../support/clients/watch-chat.ts";

describeDatabases((_name, open) => {
  describe("a reader of an answer with a tool that needs approval", () => {
    it("sees at once that the tool may run, while another call is still running", async () => {
      let finish = (): void => undefined;
      const isFinished = new Promise<void>((resolve) => (finish = resolve));
      const slow = tool("slow", async () => isFinished.then(() => "at last"));
      const remove = tool("remove", async () => "removed");
      const script = ["Both. ", toolCallStep("c1", "remove"), toolCallStep("c2", "slow")];
      const scene = await startApprovalScene(await open(), [script, ["Done."]], {
        tools: [remove, slow],
      });
      const { one, messageId } = scene;
      const is = (status: string) => (event: ReceivedEvent["event"]) => {
        const calls = event.type === "snapshot" ? event.message.toolCalls : [];
        const told = event.type === "tool" ? [event.toolCall] : calls;
        return told.some((state) => state.toolCallId === "c1" && state.status === status);
      };
      const before = await readStream(one, { messageId }, is("awaiting_approval"));
      const lastEventId = before.at(-1)?.id ?? "";
      const reading = readStream(one, { messageId, lastEventId }, is("running"));
      await one.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
      expect((await reading).at(-1)?.event).toMatchObject({
        type: "tool",
        toolCall: { toolCallId: "c1", status: "running" },
      });
      finish();
      await expect.poll(scene.newest).toMatchObject({ status: "complete" });
    });

    it("sees the answer continue after a decision that came while another call was still running", async () => {
      let finish = (): void => undefined;
      const isFinished = new Promise<void>((resolve) => (finish = resolve));
      const slow = tool("slow", async () => isFinished.then(() => "at last"));
      const remove = tool("remove", async () => "removed");
      const scene = await startApprovalScene(
        await open(),
        [
          ["Both. ", toolCallStep("c1", "remove"), toolCallStep("c2", "slow")],
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
      const placeholder = { ...(endOfStream(await here) ?? ({} as ChatMessage)), content: "" };
      expect(endOfStream(await there)).toEqual(endOfStream(await here));
      expect(endOfStream(await here)).toMatchObject({
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

    it("is told in other tabs when the answer starts waiting, continues and ends", async () => {
      const scene = await startApprovalScene(await open(), [
        [toolCallStep("c1", "remove")],
        ["On. ", { hold: true }],
      ]);
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

    it("is told in other tabs of each decision, and of a call that starts waiting right after one", async () => {
      const scene = await startApprovalScene(await open(), [
        [toolCallStep("c1", "remove"), toolCallStep("c2", "remove")],
        ["On. ", toolCallStep("c3", "remove")],
        ["Done."],
      ]);
      const { one, two, chatId, messageId } = scene;
      await readStream(one, { messageId });
      let lastEventId = "";
      // What a tab is told when it comes back after each step.
      const told = async (): Promise<string[]> => {
        const watch = watchChat(two, { chatId, lastEventId });
        await expect.poll(() => watch.notices.length).toBeGreaterThan(0);
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
        .poll(scene.newest)
        .toMatchObject({ status: "awaiting_approval", content: "On. " });
      expect(await told()).toEqual(["updated"]);
      await one.chat.respondToTool.mutate({ messageId, toolCallId: "c3", approved: true });
      await expect.poll(scene.newest).toMatchObject({ status: "complete", content: "On. Done." });
      expect(await told()).toEqual(["finished"]);
    });
  });
});
