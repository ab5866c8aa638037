import { afterEach, expect, it } from "vitest";

import type { Answer } from "../../../../src/chat/answer.ts";
import type { ChatEvent } from "../../../../src/chat/chat-event.ts";
import { Database } from "../../../../src/orm/database/database.ts";
import type { ChatHub } from "../../../../src/server/hub/chat-hub.ts";
import { createMemoryHub } from "../../../../src/server/hub/create-memory-hub.ts";
import { RemoteAnswers } from "../../../../src/server/streams/remote-answers.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";

/** A hub whose events the test delivers. */
function manualHub() {
  const subscriptions: { onEvents: (events: readonly ChatEvent[]) => void; signal: AbortSignal }[] =
    [];
  const hub: ChatHub = {
    ...createMemoryHub(),
    isConnected: true,
    subscribe: (_id, onEvents, signal) => void subscriptions.push({ onEvents, signal }),
  };
  const deliver = (event: ChatEvent): void => {
    for (const { onEvents, signal } of subscriptions) if (!signal.aborted) onEvents([event]);
  };
  return { hub, subscriptions, deliver };
}

describeDatabases(
  (_name, open) => {
    const leaving: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const leave of leaving.splice(0)) await leave();
    });

    async function start() {
      const { prisma } = await open();
      const { id: chatId } = await prisma.llmChat.create({ data: {} });
      const id = await openTurn(prisma, chatId, { secondsAgo: 0, text: ["One "] });
      const row = await prisma.llmMessage.findUniqueOrThrow({ where: { id } });
      const { hub, subscriptions, deliver } = manualHub();
      const remote = new RemoteAnswers(Database.open(prisma), hub);
      /** A reader that gets the copy and stays until it leaves. */
      const enter = async (): Promise<{ answer: Answer; leave: () => Promise<unknown> }> => {
        const reading = remote.read(row, async function* (answer) {
          yield answer;
          yield answer;
        });
        const { value } = await reading.next();
        if (value === undefined) throw new Error("There is no answer.");
        const leave = () => reading.return();
        leaving.push(leave);
        return { answer: value, leave };
      };
      return { prisma, id, enter, subscriptions, deliver };
    }

    it("shares one copy among the readers of an answer, until the last one leaves", async () => {
      const { enter, subscriptions } = await start();
      const first = await enter();
      const second = await enter();
      expect(second.answer).toBe(first.answer);
      expect(first.answer.snapshot().content).toBe("One ");
      await first.leave();
      expect(subscriptions.map(({ signal }) => signal.aborted)).toEqual([false]);
      await second.leave();
      expect(subscriptions.map(({ signal }) => signal.aborted)).toEqual([true]);
      expect((await enter()).answer).not.toBe(first.answer);
    });

    it("adds what the hub delivers, and reads what it lost from the database", async () => {
      const { prisma, id, enter, deliver } = await start();
      const { answer } = await enter();
      deliver({ type: "text", at: 4, text: "two " });
      expect(answer.snapshot().content).toBe("One two ");
      await prisma.llmMessageChunk.create({
        data: { messageId: id, seq: 1, kind: "text", text: "two three " },
      });
      deliver({ type: "text", at: 14, text: "four" });
      await expect.poll(() => answer.snapshot().content).toBe("One two three four");
    });

    it("makes a new copy of an answer that waited for approval and has continued", async () => {
      const { prisma, id, enter, deliver } = await start();
      const waiting = await enter();
      const data = { status: "awaiting_approval" };
      await prisma.llmMessage.update({ where: { id }, data });
      const message = { ...waiting.answer.snapshot(), status: "awaiting_approval" as const };
      deliver({ type: "done", message });
      await expect.poll(() => waiting.answer.final?.status).toBe("awaiting_approval");
      await prisma.llmMessage.update({ where: { id }, data: { status: "streaming" } });
      const continued = await enter();
      expect(continued.answer).not.toBe(waiting.answer);
      expect(continued.answer.final).toBeNull();
    });
  },
  ["sqlite"],
);
