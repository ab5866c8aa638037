import { randomUUID } from "node:crypto";

import { afterEach, expect, it, vi } from "vitest";

import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import type { Row } from "../../../../src/orm/database/client/prisma-client-like.ts";
import { Database } from "../../../../src/orm/database/database.ts";
import type { SearchPlace } from "../../../../src/orm/search/scan-chats.ts";
import { searchChats } from "../../../../src/orm/search/search-chats.ts";
import type { OpenDatabase } from "../../../support/databases/describe-databases.ts";
import {
  describeDatabases,
  describeEveryDatabase,
} from "../../../support/databases/describe-databases.ts";

const scope = { userId: "anna" };

/** Stores a chat with these texts. */
async function addChat(prisma: PrismaClient, texts: readonly string[]): Promise<string> {
  const id = randomUUID();
  await prisma.llmChat.create({ data: { id, title: "Untitled", ...scope } });
  const rows = texts.map((content, index) => ({
    chatId: id,
    role: index % 2 === 0 ? "user" : "assistant",
    content,
    position: index + 1,
  }));
  await prisma.llmMessage.createMany({ data: rows });
  return id;
}

/** Opens a database, and notes how much its queries return. */
async function start(open: OpenDatabase) {
  const { prisma } = await open();
  const db = Database.open(prisma);
  const queries: number[] = [];
  const watched = { onQuery: () => {} };
  const query = db.query.bind(db);
  vi.spyOn(db, "query").mockImplementation((sql, values) => {
    watched.onQuery();
    const result = query(sql, values);
    const bytes = (rows: readonly Row[]) =>
      rows
        .flatMap((row) => Object.values(row))
        .reduce((sum: number, value) => sum + String(value).length, 0);
    void result.then((rows) => queries.push(bytes(rows)));
    return result;
  });
  return { prisma, db, queries, watched };
}

/** A search for a text that no index knows, so that the chats have to be read. */
const scan = (text: string) => ({ scope, text, after: null, enough: 100, signal: undefined });

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describeEveryDatabase((_name, open) => {
  it("reads little at once, however long the chats and their messages are", async () => {
    const { prisma, db, queries } = await start(open);
    const wanted = await addChat(prisma, [`${"a".repeat(100_000)}ßß`, "short"]);
    for (let chat = 0; chat < 3; chat++)
      await addChat(
        prisma,
        Array.from({ length: 450 }, (_, index) => "a".repeat(index % 9 === 0 ? 60_000 : 1_500)),
      );
    await addChat(prisma, ["a".repeat(700_000)]);
    const { found } = await searchChats(db, scan("ßß"));
    expect([...found.keys()]).toEqual([wanted]);
    expect(queries.length).toBeGreaterThan(30);
    const [longest, ...others] = queries.toSorted((a, b) => b - a);
    expect(longest).toBeLessThan(710_000);
    expect(Math.max(...others)).toBeLessThan(400_000);
  });

  it("goes on after its time where it has stopped, also within a chat", async () => {
    const { prisma, db, watched } = await start(open);
    const texts = Array.from({ length: 950 }, (_, index) => `Text ${index}`);
    const old = await addChat(prisma, ["Here is ßß"]);
    const long = await addChat(prisma, texts.with(1, "ßß is here, too"));
    const recent = await addChat(prisma, ["And here: ßß"]);
    // Each search has the time for a single step.
    vi.useFakeTimers({ toFake: ["Date"] });
    watched.onQuery = () => void vi.setSystemTime(Date.now() + 5_000);
    const found: string[] = [];
    const places: SearchPlace[] = [];
    let after: SearchPlace | null = null;
    do {
      const page: Awaited<ReturnType<typeof searchChats>> = await searchChats(db, {
        ...scan("ßß"),
        after,
      });
      found.push(...page.found.keys());
      after = page.rest;
      if (after !== null) places.push(after);
    } while (after !== null);
    expect(found).toEqual([recent, long, old]);
    const within = places.filter(({ position }) => position !== undefined);
    expect(within.map(({ id, position }) => [id, position])).toEqual(
      [751, 551, 351, 151].map((position) => [long, position]),
    );
    const [place] = within;
    if (place === undefined) throw new Error("The long chat was read at once.");
    const stranger = { ...scan("ßß"), scope: { userId: "eve" }, after: place };
    expect((await searchChats(db, stranger)).found.size).toBe(0);
  });

  it("ends when nobody waits for it any more", async () => {
    const { prisma, db, queries } = await start(open);
    for (let chat = 0; chat < 5; chat++)
      await addChat(
        prisma,
        Array.from({ length: 150 }, () => "a"),
      );
    const all = await searchChats(db, scan("ßß"));
    const count = queries.splice(0).length;
    expect(all.rest).toBeNull();
    const search = { ...scan("ßß"), signal: AbortSignal.abort() };
    expect((await searchChats(db, search)).rest).not.toBeNull();
    expect(queries.length).toBeLessThan(count);
  });
});

describeDatabases(
  (_name, open) => {
    it("lets everything else run between two queries, of all searches together", async () => {
      const { prisma, db, watched } = await start(open);
      for (let chat = 0; chat < 6; chat++)
        await addChat(
          prisma,
          Array.from({ length: 150 }, (_, index) => (index === 7 ? "a".repeat(9_000) : "a heron")),
        );
      let turn = 0;
      const turns: number[] = [];
      watched.onQuery = () => void turns.push(turn);
      let next = setImmediate(function count() {
        turn++;
        next = setImmediate(count);
      });
      await Promise.all(["ßß", "öö", "heron", "absent"].map((text) => searchChats(db, scan(text))));
      clearImmediate(next);
      expect(turns.length).toBeGreaterThan(30);
      expect(new Set(turns).size).toBe(turns.length);
    });
  },
  // The driver of PostgreSQL does not block the process.
  ["sqlite"],
);
