import { createLLM } from "@node-llm/core";
import { afterEach, expect, it, vi } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { Database } from "../../../../src/orm/database/database.ts";
import { TurnControl } from "../../../../src/orm/turn/turn-control.ts";
import { TurnLeg } from "../../../../src/orm/turn/turn-leg.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";
import { watchStatements } from "../../../support/databases/watch-statements.ts";

const closing: (() => unknown)[] = [];

describeEveryDatabase((_name, open) => {
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const close of closing.splice(0)) await close();
  });

  async function start(fails: RegExp | null = null) {
    const database = await open();
    const { prisma } = database;
    const chat = await prisma.llmChat.create({ data: {} });
    const id = await openTurn(prisma, chat.id, { secondsAgo: 0, text: [] });
    const watched = watchStatements(database, (statement) => {
      if (fails?.test(statement) === true) throw new Error("The database is away.");
    });
    closing.push(watched.close);
    const db = Database.open(watched.prisma);
    const assistant = await db.message.findFirst({ where: { id } });
    const row = await db.chat.findFirst({ where: { id: chat.id } });
    if (assistant === null || row === null) throw new Error("The turn is missing.");
    const control = new TurnControl();
    const leg = new TurnLeg({
      db,
      begun: { chat: row, user: null, assistant },
      settings: {
        llm: createLLM({ provider: createScriptedProvider("Hi.") }),
        model: null,
        instructions: [],
        options: {},
        context: {},
        onFailure: "keep",
      },
      sink: null,
      control,
    });
    closing.push(() => leg.log?.close());
    const message = () => prisma.llmMessage.findUnique({ where: { id } });
    return { leg, control, message };
  }

  it("ends as complete, and releases the chat's lock", async () => {
    const { leg, message } = await start();
    leg.state.appendText("Hi.");
    expect(await leg.complete()).toMatchObject({ reason: "complete", row: { content: "Hi." } });
    expect(await message()).toMatchObject({ status: "complete", content: "Hi.", turnLock: null });
  });

  it("keeps what a stopped answer has, and deletes one that has nothing", async () => {
    const some = await start();
    some.leg.state.appendText("Half");
    some.control.stop();
    expect(await some.leg.endEarly(new Error("aborted"))).toMatchObject({ reason: "stopped" });
    expect(await some.message()).toMatchObject({ status: "stopped", content: "Half" });
    const none = await start();
    none.control.stop();
    expect(await none.leg.endEarly(new Error("aborted"))).toMatchObject({ row: null });
    expect(await none.message()).toBeNull();
  });

  it("closes its log when the database does not take the end, so that the answer is recovered", async () => {
    const warnings = vi.spyOn(process, "emitWarning").mockReturnValue();
    const { leg, control } = await start(/^INSERT INTO .*LlmToolCall\W/);
    leg.state.addToolCall("c1", "look", "{}");
    control.stop();
    expect(await leg.endEarly(new Error("aborted"))).toMatchObject({
      reason: "stopped",
      row: null,
    });
    expect(warnings).toHaveBeenCalledOnce();
    // A log that is open takes it, and would save it: a sign of life.
    leg.log?.append({ kind: "text", text: "more" });
    expect(await leg.log?.close()).toEqual([]);
  });
});
