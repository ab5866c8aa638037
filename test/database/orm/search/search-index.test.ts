import { randomUUID } from "node:crypto";

import { expect, it } from "vitest";

import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { Database } from "../../../../src/orm/database/database.ts";
import { searchChats } from "../../../../src/orm/search/search-chats.ts";
import { searchIndex } from "../../../../src/orm/search/search-index.ts";
import { foldCase } from "../../../../src/orm/search/text-finder.ts";
import { describeMigrated } from "../../../support/databases/describe-databases.ts";
import { SeededRandom } from "../../../support/seeded-random.ts";

const scope = { userId: "anna" };
const words = [
  ..."the heron Reiher ÖL-Hafen über GRÜSSE привет ОТВЕТ οδος ΟΔΟΣ 漢字検索 İstanbul ısı snake_case 100% 🦊fox".split(
    " ",
  ),
  `"quoted"`,
  "it's",
  "ᲐᲑᲒ",
  "a\nb",
  "aaaaaa",
];

/** Changes rows in every way in which the library and its users do. */
async function changeRows(prisma: PrismaClient, random: SeededRandom): Promise<void> {
  const text = () =>
    Array.from({ length: random.between(0, 8) }, () => random.pick(words)).join(" ");
  const newId = () => random.next().toString(36);
  const ids = { select: { id: true }, orderBy: { id: "asc" } } as const;
  const chats = await prisma.llmChat.findMany(ids);
  const messages = await prisma.llmMessage.findMany(ids);
  const [chat, message] = [chats, messages].map((rows) =>
    rows.length === 0 ? "" : random.pick(rows).id,
  );
  const data = () => ({
    id: newId(),
    chatId: chat ?? "",
    role: random.pick(["user", "assistant", "assistant", "tool"]),
    content: random.chance(0.1) ? null : text(),
    active: random.chance(0.8),
    position: random.between(1, 2 ** 30),
  });
  const dice = random.next();
  if (chat === "" || dice < 0.15) {
    const userId = random.pick(["anna", "anna", "eve"]);
    const title = random.chance(0.2) ? null : text();
    await prisma.llmChat.create({ data: { id: newId(), userId, title } });
  } else if (dice < 0.25) {
    await prisma.llmChat.update({ where: { id: chat ?? "" }, data: { title: text() } });
  } else if (dice < 0.3) {
    await prisma.llmChat.deleteMany({ where: { id: chat ?? "" } });
  } else if (message === "" || dice < 0.75) {
    await prisma.llmMessage.createMany({ data: [data(), data()] });
  } else if (dice < 0.9) {
    const content = random.chance(0.2) ? null : text();
    await prisma.llmMessage.update({ where: { id: message ?? "" }, data: { content } });
  } else {
    await prisma.llmMessage.deleteMany({ where: { id: message ?? "" } });
  }
}

/** A piece of a word or two, in another case. */
function somethingToFind(random: SeededRandom): string {
  const characters = Array.from(`${random.pick(words)} ${random.pick(words)}`);
  const from = random.between(0, characters.length - 1);
  const piece = characters.slice(from, from + random.between(1, 9)).join("");
  return random.pick([piece, piece.toLowerCase(), piece.toUpperCase()]);
}

describeMigrated((name, open) => {
  it("knows of every text, whatever has happened to the rows", { timeout: 60_000 }, async () => {
    const random = new SeededRandom("search index");
    const { prisma } = await open();
    const db = Database.open(prisma);
    let asked = 0;
    for (let round = 0; round < 40; round++) {
      for (let step = 0; step < 5; step++) await changeRows(prisma, random);
      const chats = await prisma.llmChat.findMany({ where: scope, include: { messages: true } });
      for (let search = 0; search < 5; search++) {
        const text = somethingToFind(random);
        const has = (content: string | null) => foldCase(content ?? "").includes(foldCase(text));
        const expected = chats.flatMap(({ id, title, messages }) => {
          const found = messages.filter(
            ({ active, role, content }) => active && role !== "tool" && has(content),
          );
          return has(title) || found.length > 0 ? [{ id, found }] : [];
        });
        const candidates = await searchIndex(db, scope, text);
        if (candidates !== null) asked++;
        for (const { id, found } of candidates === null ? [] : expected)
          expect(candidates?.get(id), text).toEqual(
            expect.arrayContaining(found.map((message) => message.id)),
          );
        const whole = { scope, text, after: null, enough: 1_000, signal: undefined };
        const { found, rest } = await searchChats(db, whole);
        expect(rest).toBeNull();
        expect([...found.keys()].toSorted(), text).toEqual(expected.map(({ id }) => id).toSorted());
      }
    }
    expect(asked).toBeGreaterThan(50);
  });

  it("knows of letters in each case", { timeout: 60_000 }, async () => {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const letters = Array.from({ length: 0x1_f000 }, (_, code) => code)
      .filter((code) => code < 0xd8_00 || code > 0xdf_ff)
      .map((code) => String.fromCodePoint(code))
      .filter((letter) => letter.toLowerCase() !== letter);
    expect(letters.length).toBeGreaterThan(1_400);
    const chatId = randomUUID();
    await prisma.llmChat.create({ data: { id: chatId, ...scope } });
    await prisma.llmMessage.createMany({
      data: letters.map((letter, index) => ({
        chatId,
        role: "user",
        content: `${letter}x${index} and ${letter.toLowerCase()}y${index}`,
        position: index + 1,
      })),
    });
    const random = new SeededRandom("letters");
    for (const [index, letter] of letters.entries()) {
      if (name === "postgresql" && random.chance(0.8)) continue;
      for (const text of [`${letter.toLowerCase()}x${index}`, `${letter}y${index}`]) {
        const search = { scope, text, after: null, enough: 1, signal: undefined };
        const { found } = await searchChats(db, search);
        expect([...found.keys()], text).toEqual([chatId]);
      }
    }
  });

  it("finds each piece of a text whose small form is longer", async () => {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const title = "abc İstanbul DİYAR 検索 İx";
    await prisma.llmChat.create({ data: { id: "a", title, ...scope } });
    const folded = foldCase(title);
    const places = Array.from(folded, (_, place) => place);
    const pieces = places.flatMap((from) =>
      places.slice(from).map((to) => folded.slice(from, to + 1)),
    );
    for (const text of pieces) {
      const search = { scope, text, after: null, enough: 1, signal: undefined };
      expect([...(await searchChats(db, search)).found.keys()], text).toEqual(["a"]);
    }
  });

  it("gives up when many messages may have the text, and when it does not know it", async () => {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const chatId = randomUUID();
    await prisma.llmChat.create({ data: { id: chatId, ...scope } });
    const data = Array.from({ length: 600 }, (_, index) => ({
      chatId,
      role: "user",
      content: index < 500 ? "common rare" : "common",
      position: index + 1,
    }));
    await prisma.llmMessage.createMany({ data });
    expect(await searchIndex(db, scope, "common")).toBeNull();
    expect(await searchIndex(db, scope, "co")).toBeNull();
    expect((await searchIndex(db, scope, "rare"))?.get(chatId)).toHaveLength(500);
    expect((await searchIndex(db, scope, "absent"))?.size).toBe(0);
    expect((await searchIndex(db, { userId: "eve" }, "rare"))?.size).toBe(0);
  });

  it("is not asked when it is not complete", async () => {
    const { prisma } = await open();
    const db = Database.open(prisma);
    await prisma.llmChat.create({ data: { id: "a", title: "Herons", ...scope } });
    expect((await searchIndex(db, scope, "heron"))?.has("a")).toBe(true);
    const [kind, parts] =
      name === "sqlite"
        ? ["TRIGGER", ["LlmChat_search_update", "LlmMessage_search_insert"]]
        : ["INDEX", ["LlmChat_search", "LlmMessage_search"]];
    await prisma.$executeRawUnsafe(`DROP ${kind} "${parts[0]}"`);
    expect(await searchIndex(db, scope, "heron")).toBeNull();
    const search = { scope, text: "heron", after: null, enough: 1, signal: undefined };
    expect([...(await searchChats(db, search)).found]).toEqual([["a", null]]);
  });
});
