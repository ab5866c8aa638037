import { expect, it } from "vitest";

import { Answer } from "../../../../src/chat/answer.ts";
import { Database } from "../../../../src/orm/database/database.ts";
import { toChatMessage } from "../../../../src/orm/messages/to-chat-message.ts";
import { createMemoryHub } from "../../../../src/server/hub/create-memory-hub.ts";
import { FreshMessages } from "../../../../src/server/streams/fresh-messages.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";

describeDatabases((_name, open) => {
  async function start(secondsAgo: number) {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const hub = createMemoryHub();
    const { id: chatId } = await prisma.llmChat.create({ data: {} });
    const id = await openTurn(prisma, chatId, { secondsAgo, text: ["One "] });
    const rows = async () =>
      await prisma.llmMessage.findMany({ where: { chatId }, orderBy: { position: "asc" } });
    return { prisma, hub, fresh: new FreshMessages(db, hub, () => undefined), chatId, id, rows };
  }

  it("takes an answer that this process knows from the hub, and adds its siblings", async () => {
    const { hub, fresh, chatId, id, rows } = await start(0);
    const [user, assistant] = await rows();
    if (user === undefined || assistant === undefined) throw new Error("There is no answer.");
    const answer = new Answer(toChatMessage(assistant));
    hub.open(answer, () => undefined);
    answer.append("text", "One two three");
    expect(await fresh.read(chatId, [user, assistant])).toMatchObject([
      { id: user.id, role: "user", status: "complete" },
      { id, status: "streaming", content: "One two three", siblingIds: [id] },
    ]);
  });

  it("reads the saved text of another process's answer", async () => {
    const { fresh, chatId, rows } = await start(0);
    const messages = await fresh.read(chatId, await rows());
    expect(messages.at(-1)).toMatchObject({ status: "streaming", content: "One " });
  });

  it("ends an answer whose process is gone", async () => {
    const { prisma, fresh, chatId, rows } = await start(60);
    const messages = await fresh.read(chatId, await rows());
    expect(messages.at(-1)).toMatchObject({
      status: "interrupted",
      content: "One ",
      error: { code: "INTERRUPTED" },
    });
    expect(await prisma.llmMessage.count({ where: { turnLock: chatId } })).toBe(0);
  });
});
