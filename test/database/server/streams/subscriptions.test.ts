import { afterEach, expect, it } from "vitest";

import { Answer } from "../../../../src/chat/answer.ts";
import { Database } from "../../../../src/orm/database/database.ts";
import type { ChatRouterEvent } from "../../../../src/server/chat-router-event.ts";
import { createMemoryHub } from "../../../../src/server/hub/create-memory-hub.ts";
import { AccessGuard } from "../../../../src/server/streams/access-guard.ts";
import { Subscriptions } from "../../../../src/server/streams/subscriptions.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { fakeMessage } from "../../../support/fakes/fake-message.ts";
import { uncountedReads } from "../../../support/fakes/uncounted-reads.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";

const unavailable = { code: "SERVICE_UNAVAILABLE" };

describeDatabases(
  (_name, open) => {
    const opened: Subscriptions<null>[] = [];
    afterEach(async () => {
      for (const subscriptions of opened.splice(0)) await subscriptions.close();
    });

    async function start() {
      const { prisma } = await open();
      const { id: chatId } = await prisma.llmChat.create({ data: {} });
      const events: ChatRouterEvent[] = [];
      const db = Database.open(prisma);
      const guard = new AccessGuard<null>(db);
      const emit = (event: ChatRouterEvent) => void events.push(event);
      const subscriptions = new Subscriptions(db, createMemoryHub(), guard, emit);
      let places = 0;
      const reader = () => {
        places++;
        return {
          caller: { ctx: null, scope: {} },
          reads: uncountedReads,
          onEnd: () => void places--,
        };
      };
      opened.push(subscriptions);
      const answer = new Answer(fakeMessage({ id: "m", chatId, status: "pending" }));
      const leaving = new AbortController();
      const streamAnswer = () => subscriptions.stream(reader(), answer, null, leaving.signal);
      const openRemote = async () => {
        const id = await openTurn(prisma, chatId, { secondsAgo: 0, text: ["One"] });
        const row = await prisma.llmMessage.findUniqueOrThrow({ where: { id } });
        return subscriptions.streamRemote(reader(), row, null, leaving.signal);
      };
      const watchChat = () => subscriptions.watch(reader(), chatId, null, leaving.signal);
      const countPlaces = () => places;
      return {
        subscriptions,
        events,
        answer,
        leaving,
        streamAnswer,
        openRemote,
        watchChat,
        countPlaces,
      };
    }

    it("emits an event when a subscription opens and when it closes, with how many are open", async () => {
      const { events, answer, streamAnswer } = await start();
      const first = streamAnswer();
      const second = streamAnswer();
      await first.next();
      await first.return?.();
      await first.return?.();
      answer.finish(fakeMessage({ id: "m" }));
      for await (const _ of second);
      expect(events.map((event) => [event.type, "open" in event ? event.open : null])).toEqual([
        ["subscriptionOpened", 1],
        ["subscriptionOpened", 2],
        ["subscriptionClosed", 1],
        ["subscriptionClosed", 0],
      ]);
      expect(events[0]).toMatchObject({ kind: "stream", messageId: "m" });
    });

    it("ends a subscription without an error when its client leaves", async () => {
      const { events, leaving, streamAnswer, openRemote } = await start();
      const local = streamAnswer();
      const remote = await openRemote();
      await local.next();
      await remote.next();
      const waiting = [local.next(), remote.next()];
      leaving.abort();
      for (const next of waiting) expect(await next).toEqual({ done: true, value: undefined });
      expect(events.at(-1)).toMatchObject({ type: "subscriptionClosed", open: 0 });
    });

    it("gives readers the end of a local answer before it closes", async () => {
      const { subscriptions, answer, streamAnswer } = await start();
      const reader = streamAnswer();
      await reader.next();
      const next = reader.next();
      answer.finish(fakeMessage({ id: "m" }));
      const closing = subscriptions.close();
      expect((await next).value).toMatchObject({ data: { type: "done" } });
      expect(await reader.next()).toEqual({ done: true, value: undefined });
      await closing;
    });

    it("sends the other readers and watchers elsewhere, and takes no new ones", async () => {
      const { subscriptions, streamAnswer, openRemote, watchChat, countPlaces } = await start();
      const remote = await openRemote();
      const watcher = watchChat();
      await remote.next();
      await watcher.next();
      const ending = [failureOf(remote.next()), failureOf(watcher.next())];
      await subscriptions.close();
      for (const failure of ending) expect(await failure).toMatchObject(unavailable);
      expect(streamAnswer).toThrow(expect.objectContaining(unavailable));
      expect(countPlaces()).toBe(0);
    });

    it("does not wait long for a reader that does not read", async () => {
      const { subscriptions, streamAnswer } = await start();
      const reader = streamAnswer();
      await reader.next();
      await subscriptions.close();
      expect(await failureOf(reader.next())).toMatchObject(unavailable);
    });
  },
  ["sqlite"],
);
