import { expect, it } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import { estimateHistory } from "../../../../src/orm/usage/spending.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";

describeEveryDatabase((_name, open) => {
  it("counts texts, calls of tools and files of a chat whose newest answer does not say what it has read", async () => {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const row = { content: "", status: "complete", active: true };
    await prisma.llmChat.createMany({ data: [{ id: "c" }, { id: "other" }] });
    const createMessage = (chatId: string, position: number, columns: object) =>
      prisma.llmMessage.create({
        data: { ...row, id: `${chatId}${position}`, chatId, position, role: "user", ...columns },
      });
    await createMessage("c", 1, { content: "Grüße" });
    expect(await estimateHistory(db, "c", undefined)).toBe(6);
    await createMessage("c", 2, { role: "assistant", inputTokens: 70, outputTokens: 30 });
    await createMessage("c", 3, { content: "x".repeat(93) });
    const stopped = { role: "assistant", status: "stopped", content: "y".repeat(100) };
    await createMessage("c", 4, stopped);
    await createMessage("other", 1, { content: "z".repeat(1_000), inputTokens: 9_000 });
    const call = { toolCallId: "t", name: "look", arguments: "{}", status: "complete" };
    await prisma.llmToolCall.createMany({
      data: [
        { ...call, messageId: "c4", result: "seen".repeat(25) },
        { ...call, messageId: "c4", toolCallId: "u", result: null, status: "error" },
        { ...call, messageId: "other1", result: "unseen".repeat(100) },
      ],
    });
    const file = { chatId: "c", messageId: "c1" };
    await prisma.llmAttachment.createMany({
      data: [
        { ...file, mediaType: "image/png", size: 5 },
        { ...file, mediaType: "application/pdf", size: 10_000 },
        { ...file, mediaType: "text/csv", size: 11 },
        { chatId: "other", messageId: "other1", mediaType: "image/png", size: 5 },
      ],
    });
    const texts = Math.ceil((7 + 93 + 100 + 2 + 100 + 2) * 0.75);
    const files = 5_000 + 2 * 4_600 + 11;
    expect(await estimateHistory(db, "c", undefined)).toBe(100 + texts + files);
    // The newest answer tells, if it can.
    const silent = { inputTokens: null, outputTokens: null };
    expect(await estimateHistory(db, "c", silent)).toBe(100 + texts + files);
    expect(await estimateHistory(db, "c", { inputTokens: 5, outputTokens: 2 })).toBe(7);
    expect(await estimateHistory(db, "c", null)).toBe(0);
  });
});
