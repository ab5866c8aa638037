import { expect, it } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import { decideToolCall } from "../../../../src/orm/turn/decide-tool-call.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { openWaitingTurn } from "../../../support/databases/open-waiting-turn.ts";

describeEveryDatabase((_name, open) => {
  async function start(toolCallIds: readonly string[]) {
    const database = await open();
    const { prisma } = database;
    const { id: chatId } = await prisma.llmChat.create({ data: {} });
    const id = await openWaitingTurn(prisma, chatId, toolCallIds);
    const message = await prisma.llmMessage.findUniqueOrThrow({ where: { id } });
    const decide = (toolCallId: string, approved: boolean, reason?: string) =>
      decideToolCall(Database.open(prisma), message, { toolCallId, approved, reason });
    return { database, prisma, id, message, decide };
  }

  it("gives the answer to the caller with the last decision", async () => {
    const { prisma, id, decide } = await start(["c1", "c2"]);
    expect(await decide("c1", false, " Too expensive. ")).toBeNull();
    expect(await decide("c2", true)).toMatchObject({
      assistant: { id, status: "streaming" },
      toolCalls: [
        {
          toolCallId: "c1",
          status: "denied",
          result: "The user did not allow this tool to run. Reason: Too expensive.",
        },
        { toolCallId: "c2", status: "running", result: null },
      ],
      seq: 2,
    });
    expect(await prisma.llmMessageChunk.findMany({ orderBy: { seq: "asc" } })).toMatchObject([
      { seq: 0, kind: "approval" },
      { seq: 1, kind: "resume" },
    ]);
  });

  it("gives the answer to one of two processes that decide at the same time", async () => {
    const { database, message, decide } = await start(["c1", "c2"]);
    const other = Database.open(database.connect());
    const outcomes = await Promise.all([
      decide("c1", true),
      decideToolCall(other, message, { toolCallId: "c2", approved: true }),
    ]);
    expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(1);
  });

  it("accepts the same decision again, and no other one", async () => {
    const { decide } = await start(["c1", "c2"]);
    await decide("c1", true);
    expect(await decide("c1", true)).toBeNull();
    expect(await failureOf(decide("c1", false))).toMatchObject({ code: "CONFLICT" });
    expect(await failureOf(decide("c9", true))).toMatchObject({ code: "NOT_FOUND" });
  });

  it("refuses a decision after the answer has ended", async () => {
    const { prisma, id, decide } = await start(["c1"]);
    await prisma.llmMessage.update({ where: { id }, data: { turnLock: null } });
    expect(await failureOf(decide("c1", true))).toMatchObject({ code: "CONFLICT" });
    expect(await prisma.llmToolCall.findMany()).toMatchObject([{ status: "awaiting_approval" }]);
  });
});
