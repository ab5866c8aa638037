import { afterEach, expect, it, vi } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import { TurnControl } from "../../../../src/orm/turn/turn-control.ts";
import { TurnLog } from "../../../../src/orm/turn/turn-log.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";
import { SeededRandom } from "../../../support/seeded-random.ts";
import { watchStatements } from "../../../support/databases/watch-statements.ts";

const closing: (() => unknown)[] = [];
/** Called in a suite, so that it runs before the suite's databases are closed. */
const closeAfterEach = (): void =>
  afterEach(async () => {
    vi.useRealTimers();
    for (const close of closing.splice(0)) await close();
  });

/** What means something in JSON or SQL, and texts that are stored in more than one unit. */
const odd = [
  `"`,
  "'",
  "\\",
  "\\u0041",
  "{",
  "[",
  "]}",
  ",",
  "?",
  "$1",
  "%",
  "null",
  "\n",
  "\r",
  "\t",
].concat([
  "\u007f",
  "\u2028",
  "\ufeff",
  "\ufffd",
  "ä",
  "€",
  "😀",
  "👩🏽‍🚀",
  "--",
  "/*",
  "1e400",
  "x".repeat(500),
]);

const placeOf = (row: object): string =>
  `${Reflect.get(row, "messageId")} ${Reflect.get(row, "seq")}`;

describeDatabases((_name, open) => {
  closeAfterEach();

  async function start() {
    const { prisma } = await open();
    const chat = await prisma.llmChat.create({ data: {} });
    const messageId = await openTurn(prisma, chat.id, { secondsAgo: 0, text: [] });
    const control = new TurnControl();
    const log = new TurnLog({
      db: Database.open(prisma),
      messageId,
      firstSeq: 0,
      startedAt: new Date(),
      control,
    });
    closing.push(() => log.close());
    const rows = async () =>
      await prisma.llmMessageChunk.findMany({
        orderBy: { seq: "asc" },
        select: { seq: true, kind: true, text: true, toolCallId: true },
      });
    const write = async (seq: number, kind: string, text = "") =>
      await prisma.llmMessageChunk.create({ data: { messageId, seq, kind, text } });
    return { prisma, messageId, control, log, rows, write };
  }

  it("saves text that arrives together as one entry, and tool calls in their place", async () => {
    const { log, rows } = await start();
    expect(log.hasRows).toBe(false);
    log.append({ kind: "text", text: "One " });
    log.append({ kind: "text", text: "two" });
    log.append({ kind: "tool", toolCallId: "c1" });
    log.append({ kind: "text", text: "three" });
    await expect.poll(rows).toEqual([
      { seq: 0, kind: "text", text: "One two", toolCallId: null },
      { seq: 1, kind: "tool", text: "", toolCallId: "c1" },
      { seq: 2, kind: "text", text: "three", toolCallId: null },
    ]);
    expect(await log.close()).toEqual([]);
    expect(log).toMatchObject({ hasRows: true, seq: 3 });
  });

  it("returns what it has not saved, and takes nothing after its end", async () => {
    const { log, rows } = await start();
    log.append({ kind: "text", text: "One" });
    expect(await log.close()).toEqual([{ kind: "text", text: "One" }]);
    log.append({ kind: "text", text: "two" });
    expect(await log.close()).toEqual([{ kind: "text", text: "One" }]);
    expect(await rows()).toEqual([]);
  });

  it("writes nothing more once another process has ended the answer", async () => {
    const { control, log, rows, write } = await start();
    await write(0, "fence");
    const lost = new Promise<void>((resolve) => {
      control.signal.addEventListener("abort", () => {
        vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
        resolve();
      });
    });
    log.append({ kind: "text", text: "One" });
    await lost;
    // The write that has failed plans the next one when it ends.
    for (let turn = 0; turn < 20; turn++) await new Promise((go) => setImmediate(go));
    log.append({ kind: "text", text: "two" });
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
    await log.close();
    expect(await rows()).toEqual([{ seq: 0, kind: "fence", text: "", toolCallId: null }]);
  });

  it("saves the halves of a surrogate pair together", async () => {
    const { log, rows } = await start();
    const texts = async () => (await rows()).map(({ text }) => text);
    log.append({ kind: "text", text: "a\uD83D" });
    await expect.poll(texts).toEqual(["a"]);
    log.append({ kind: "text", text: "\uDE00b" });
    await expect.poll(texts).toEqual(["a", "\u{1F600}b"]);
  });

  it("keeps every text as it is, of all answers that one statement saves", async () => {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const random = new SeededRandom("texts of a log");
    const written = [];
    for (let answer = 0; answer < 12; answer++) {
      const chat = await prisma.llmChat.create({ data: {} });
      const messageId = await openTurn(prisma, chat.id, { secondsAgo: 0, text: [] });
      for (let seq = 0; seq < 4; seq++) {
        const text = Array.from({ length: random.between(0, 30) }, () => random.pick(odd)).join("");
        const kind = random.pick(["text", "thinking"]);
        const toolCallId = random.chance(0.5) ? random.pick(odd) : null;
        const timeoutMs = random.chance(0.5) ? random.between(0, 2 ** 31 - 1) : null;
        written.push({ messageId, seq, kind, text, at: seq * 250, toolCallId, timeoutMs });
      }
    }
    await db.insertChunks(written);
    const columns = Object.keys(written[0] ?? {});
    const select = Object.fromEntries(columns.map((column) => [column, true]));
    const read = await prisma.llmMessageChunk.findMany({ select });
    const byPlace = (rows: readonly object[]): readonly object[] =>
      rows.toSorted((a, b) => placeOf(a).localeCompare(placeOf(b)));
    expect(byPlace(read)).toEqual(byPlace(written));
  });

  it("shows that an idle process is alive", async () => {
    const { rows } = await start();
    await expect.poll(rows).toMatchObject([{ seq: 0, kind: "beat" }]);
  });

  it("ends the turn when another process asks it to stop, and keeps its text", async () => {
    const { log, control, rows, write } = await start();
    await write(0, "stop");
    log.append({ kind: "text", text: "One" });
    await expect.poll(() => control.reason).toBe("stopped");
    const unsaved = await log.close();
    const texts = [...(await rows()), ...unsaved].map((row) => ("text" in row ? row.text : ""));
    expect(texts.join("")).toBe("One");
  });

  it("ends the turn when another process has taken the message over", async () => {
    const { log, control, write } = await start();
    await write(0, "stop");
    await write(1, "fence");
    log.append({ kind: "text", text: "One" });
    await expect.poll(() => control.reason).toBe("lost");
  });

  it("ends the turn when the message was deleted", async () => {
    const { prisma, messageId, log, control } = await start();
    await prisma.llmMessage.delete({ where: { id: messageId } });
    log.append({ kind: "text", text: "One" });
    await expect.poll(() => control.reason).toBe("lost");
  });

  it("does not save again what a write has saved that seemed to fail", async () => {
    const { log, control, rows, write } = await start();
    await write(0, "text", "One ");
    log.append({ kind: "text", text: "One two" });
    await expect.poll(rows).toMatchObject([
      { seq: 0, text: "One " },
      { seq: 1, text: "two" },
    ]);
    expect(control.reason).toBeNull();
  });
});

describeDatabases(
  (_name, open) => {
    closeAfterEach();

    it("fails the turn when no write has succeeded for the length of the lease", async () => {
      vi.useFakeTimers({ toFake: ["Date"] });
      const database = await open();
      const chat = await database.prisma.llmChat.create({ data: {} });
      const messageId = await openTurn(database.prisma, chat.id, { secondsAgo: 0, text: [] });
      const refused = new Error("The disk is full.");
      let attempts = 0;
      const watched = watchStatements(database, (statement) => {
        if (!statement.startsWith("INSERT INTO")) return;
        attempts++;
        throw refused;
      });
      closing.push(watched.close);
      const control = new TurnControl();
      const options = { messageId, firstSeq: 0, startedAt: new Date(), control };
      const log = new TurnLog({ db: Database.open(watched.prisma), ...options });
      log.append({ kind: "text", text: "One" });
      await expect.poll(() => attempts).toBe(1);
      expect(control.signal.aborted).toBe(false);
      vi.setSystemTime(Date.now() + 8_000);
      await expect.poll(() => control.signal.aborted).toBe(true);
      expect(control.reason).toBeNull();
      expect(await log.close()).toEqual([{ kind: "text", text: "One" }]);
    });
  },
  ["sqlite"],
);
