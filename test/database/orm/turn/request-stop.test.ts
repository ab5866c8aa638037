import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { Database } from "../../../../src/orm/database/database.ts";
import { requestStop } from "../../../../src/orm/turn/request-stop.ts";
import { readText } from "../../../support/clients/read-text.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";
import { openWaitingTurn } from "../../../support/databases/open-waiting-turn.ts";

describeEveryDatabase((_name, open) => {
  async function start() {
    const { prisma } = await open();
    const { id: chatId } = await prisma.llmChat.create({ data: {} });
    return { prisma, db: Database.open(prisma), chatId };
  }

  it("asks the producer once, through the next entry of the log", async () => {
    const { prisma, db, chatId } = await start();
    const id = await openTurn(prisma, chatId, { secondsAgo: 0, text: ["One "] });
    expect(await requestStop(db, id)).toBe("asked");
    expect(await requestStop(db, id)).toBe("nothing");
    expect(await prisma.llmMessageChunk.findMany({ orderBy: { seq: "asc" } })).toMatchObject([
      { seq: 0, kind: "text" },
      { seq: 1, kind: "stop" },
    ]);
    const row = await prisma.llmMessage.findUniqueOrThrow({ where: { id } });
    expect(row.stopRequestedAt).toBeInstanceOf(Date);
    expect(row.turnLock).toBe(chatId);
  });

  it("ends an answer that waits for approval", async () => {
    const { prisma, db, chatId } = await start();
    const id = await openWaitingTurn(prisma, chatId, ["c1"]);
    expect(await requestStop(db, id)).toMatchObject({
      stopped: { id, status: "stopped", content: "May I? ", turnLock: null },
    });
    expect(await prisma.llmToolCall.findMany()).toMatchObject([
      { status: "denied", result: "The tool was not run: the answer was stopped." },
    ]);
    expect(await requestStop(db, id)).toBe("nothing");
  });

  it("does nothing for an answer that has ended or is gone", async () => {
    const { prisma, db, chatId } = await start();
    const id = await openTurn(prisma, chatId, { secondsAgo: 0, text: [] });
    await prisma.llmMessage.update({ where: { id }, data: { turnLock: null } });
    expect(await requestStop(db, id)).toBe("nothing");
    expect(await requestStop(db, "missing")).toBe("nothing");
    expect(await prisma.llmMessageChunk.count()).toBe(0);
  });

  it("an answer that is asked to stop just before its end keeps all of its text, and is stopped", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider(["One ", { hold: true }, "two"]);
    const chat = await createChat(prisma, createLLM({ provider }));
    const reading = readText(chat.askStream("Count"));
    await provider.waitForHold();
    await expect.poll(() => prisma.llmMessageChunk.count()).toBeGreaterThan(0);
    const message = (await chat.messages()).at(-1);
    if (message === undefined) throw new Error("There is no answer.");
    expect(await requestStop(Database.open(prisma), message.id)).toBe("asked");
    provider.release();
    await expect(reading).rejects.toMatchObject({ name: "AbortError" });
    expect((await chat.messages()).at(-1)).toMatchObject({
      content: "One two",
      status: "stopped",
      turnLock: null,
    });
  });
});
