import { expect, it } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import { sizeToolCalls } from "../../../../src/orm/messages/size-tool-calls.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";

/** A text with letters of one to four bytes. */
const text = (bytes: number): string => "aä€😀".repeat(Math.ceil(bytes / 10));

const bytesOf = (...texts: readonly (string | null)[]): number =>
  texts.reduce((sum, one) => sum + Buffer.byteLength(one ?? ""), 0);

describeEveryDatabase((_name, open) => {
  it("measures what the tool calls of messages have, without reading them", async () => {
    const { prisma } = await open();
    const chat = await prisma.llmChat.create({ data: {} });
    const calls = [
      { arguments: "{}", result: null, output: null, progress: null },
      { arguments: text(2_000), result: text(20), output: null, progress: text(300) },
      { arguments: "{}", result: text(50_000), output: text(200_000), progress: null },
      { arguments: "{}", result: text(70_000), output: "", progress: null },
    ];
    const ids = ["none", "one", "all", "other", "user"];
    await prisma.llmMessage.createMany({
      data: ids.map((id, index) => ({
        id,
        chatId: chat.id,
        role: id === "user" ? "user" : "assistant",
        position: index + 1,
        parts: id === "none" ? '[["text",2]]' : null,
      })),
    });
    const add = (messageId: string, chosen: typeof calls) =>
      prisma.llmToolCall.createMany({
        data: chosen.map((call, index) => ({
          ...call,
          messageId,
          toolCallId: `${messageId} ${index}`,
          name: "look",
        })),
      });
    await add("one", calls.slice(1, 2));
    await add("all", calls);
    await add("other", calls);
    const db = Database.open(prisma);
    const rows = await db.message.findMany({ where: { id: { not: "other" } } });
    const sizes = calls.map((call) =>
      bytesOf(
        call.arguments,
        call.result,
        // What has no output of its own is sent with its result in both places.
        call.output === null || call.output === "" ? call.result : call.output,
        call.progress,
      ),
    );
    expect(await sizeToolCalls(db, rows)).toEqual(
      new Map([
        ["one", sizes[1]],
        ["all", sizes.reduce((sum, size) => sum + size, 0)],
      ]),
    );
    expect(await sizeToolCalls(db, [])).toEqual(new Map());
  });
});
