import { expect, it } from "vitest";

import type { ChatHub } from "node-llm-trpc/server";
import { createMemoryHub } from "node-llm-trpc/server";
import type { TrackedNotice } from "../../../../src/chat/chat-procedures.ts";
import { Database } from "../../../../src/orm/database/database.ts";
import { ChatWatchers } from "../../../../src/server/watch/chat-watchers.ts";
import type { TestDatabase } from "../../../support/databases/describe-databases.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";
import { watchStatements } from "../../../support/databases/watch-statements.ts";

type Client = TestDatabase["prisma"];

function startWatchers(prisma: Client, hub: ChatHub = createMemoryHub()): ChatWatchers {
  return new ChatWatchers(Database.open(prisma), hub);
}

/** A client that watches a chat until it leaves. */
class Watcher {
  readonly notices: TrackedNotice[] = [];
  readonly #leaving = new AbortController();
  readonly #end: Promise<void>;

  constructor(watchers: ChatWatchers, chatId: string, lastEventId: string | null = null) {
    const notices = watchers.watch(chatId, {}, lastEventId, this.#leaving.signal);
    this.#end = this.#read(notices);
  }

  async #read(notices: AsyncIterable<TrackedNotice>): Promise<void> {
    for await (const notice of notices) this.notices.push(notice);
  }

  get told(): readonly string[] {
    return this.notices.map(({ data }) => data.type);
  }

  async leave(): Promise<void> {
    this.#leaving.abort();
    await this.#end;
  }

  /** Resolves when the server ends it. */
  ended(): Promise<void> {
    return this.#end;
  }
}

const rename = (prisma: Client, id: string, title: string) =>
  prisma.llmChat.update({ where: { id }, data: { title } });

describeDatabases((_name, open) => {
  it("says nothing of a chat that it has missed once, and goes on to read for all watchers together", async () => {
    const { prisma } = await open();
    const { id } = await prisma.llmChat.create({ data: {} });
    const db = Database.open(prisma);
    const { chat } = db;
    let misses = 1;
    const findMany: typeof chat.findMany = (args) =>
      misses-- > 0 ? Promise.resolve([]) : chat.findMany(args);
    const missing = new Proxy(chat, {
      get: (target, key) => (key === "findMany" ? findMany : Reflect.get(target, key)),
    });
    Object.assign(db, { chat: missing });
    const watcher = new Watcher(new ChatWatchers(db, createMemoryHub()), id);
    await expect.poll(() => watcher.told).toEqual(["state"]);
    expect([misses < 0, db.isContextual]).toEqual([true, false]);
    await rename(prisma, id, "Renamed");
    await expect.poll(() => watcher.told).toEqual(["state", "chat"]);
    await watcher.leave();
  });

  it("sends the state first, then changes by other processes, and ends when the chat is deleted", async () => {
    const database = await open();
    const { prisma } = database;
    const { id } = await prisma.llmChat.create({ data: {} });
    const watcher = new Watcher(startWatchers(prisma), id);
    await expect.poll(() => watcher.told).toEqual(["state"]);
    const other = database.connect();
    await rename(other, id, "Renamed");
    await expect.poll(() => watcher.told).toEqual(["state", "chat"]);
    expect(watcher.notices[1]?.data).toMatchObject({ chat: { title: "Renamed" } });
    await other.llmChat.delete({ where: { id } });
    await watcher.ended();
    expect(watcher.told).toEqual(["state", "chat", "chatDeleted"]);
  });

  it("gives only the last of several notices a new id, so that a break between them loses none", async () => {
    const { prisma } = await open();
    const { id } = await prisma.llmChat.create({ data: {} });
    const watchers = startWatchers(prisma);
    const first = new Watcher(watchers, id);
    await expect.poll(() => first.told).toEqual(["state"]);
    await first.leave();
    const before = first.notices[0]?.id ?? "";

    await openTurn(prisma, id, { secondsAgo: 0, text: [] });
    const all = new Watcher(watchers, id, before);
    await expect.poll(() => all.told).toEqual(["created", "created", "chat"]);
    await all.leave();
    const [one, two, last] = all.notices.map((notice) => notice.id);
    expect([one, two]).toEqual([before, before]);

    const again = new Watcher(watchers, id, two);
    await expect.poll(() => again.told).toEqual(all.told);
    await again.leave();
    const upToDate = new Watcher(watchers, id, last);
    await rename(prisma, id, "Renamed");
    await expect.poll(() => upToDate.told).toEqual(["chat"]);
    await upToDate.leave();
  });

  it("learns of a change through the hub before the next poll", async () => {
    const { prisma } = await open();
    const { id } = await prisma.llmChat.create({ data: {} });
    // A hub with a connection, so that the database is polled every two seconds.
    const hub: ChatHub = { ...createMemoryHub(), isConnected: true };
    const watcher = new Watcher(startWatchers(prisma, hub), id);
    await expect.poll(() => watcher.told).toEqual(["state"]);
    await rename(prisma, id, "Renamed");
    hub.notify(id);
    await expect
      .poll(() => watcher.told, { timeout: 1_500, interval: 5 })
      .toEqual(["state", "chat"]);
    await watcher.leave();
  });

  it("ends an answer whose process is gone, and reports it", async () => {
    const { prisma } = await open();
    const { id } = await prisma.llmChat.create({ data: {} });
    const messageId = await openTurn(prisma, id, { secondsAgo: 60, text: ["Half"] });
    const watcher = new Watcher(startWatchers(prisma), id);
    await expect.poll(() => watcher.told).toContain("finished");
    expect(await prisma.llmMessage.findUnique({ where: { id: messageId } })).toMatchObject({
      status: "interrupted",
      content: "Half",
    });
    await watcher.leave();
  });
});

describeDatabases(
  (_name, open) => {
    it("reads once for all watchers of a chat, and not at all when nobody watches", async () => {
      const database = await open();
      const { id } = await database.prisma.llmChat.create({ data: {} });
      let statements = 0;
      const { prisma, close } = watchStatements(database, () => void statements++);
      const watchers = startWatchers(prisma);
      const all = Array.from({ length: 20 }, () => new Watcher(watchers, id));
      const hasState = (): boolean => all.every((watcher) => watcher.told.includes("state"));
      await expect.poll(hasState).toBe(true);
      // The rows of the chat, its newest message and the chat of the notice: once for all.
      expect(statements).toBeLessThan(20);
      for (const watcher of all) await watcher.leave();
      statements = 0;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(statements).toBe(0);
      await close();
    });

    it("reports what happened while the database could not be reached", async () => {
      const database = await open();
      const { id } = await database.prisma.llmChat.create({ data: {} });
      let isAway = false;
      let refused = 0;
      const { prisma, close } = watchStatements(database, () => {
        if (!isAway) return;
        refused++;
        throw new Error("The database is away.");
      });
      const watcher = new Watcher(startWatchers(prisma), id);
      await expect.poll(() => watcher.told).toEqual(["state"]);
      isAway = true;
      await rename(database.prisma, id, "Renamed");
      await expect.poll(() => refused).toBeGreaterThan(0);
      isAway = false;
      await expect.poll(() => watcher.told).toEqual(["state", "chat"]);
      await watcher.leave();
      await close();
    });
  },
  ["sqlite"],
);
