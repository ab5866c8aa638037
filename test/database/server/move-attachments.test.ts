import type { ContentPart } from "@node-llm/core";
import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { moveAttachments } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { describeEveryDatabase } from "../../support/databases/describe-databases.ts";
import { createMemoryStorage } from "../../support/files/memory-storage.ts";
import { sampleFiles, sizeOf } from "../../support/files/sample-files.ts";

const { png } = sampleFiles;
const question: ContentPart[] = [
  { type: "text", text: "See" },
  { type: "image_url", image_url: { url: png.url } },
  { type: "text", text: "notes.md:\n# Ä" },
  { type: "input_audio", input_audio: { data: "AAAA", format: "mp3" } },
];

describeEveryDatabase((_name, open) => {
  const start = async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider("Seen.");
    const storage = createMemoryStorage();
    const llm = createLLM({ provider });
    const chat = await createChat(prisma, llm, { attachments: storage });
    await chat.ask(question);
    await chat.ask("Only text");
    const foreign = { chatId: chat.id, role: "user", content: "Other", contentRaw: "{" };
    await prisma.llmMessage.create({ data: foreign });
    return { prisma, provider, storage, chat };
  };

  it("moves files out of the rows of messages, and the model gets the same as before", async () => {
    const { prisma, provider, chat } = await start();
    expect(await moveAttachments({ prisma })).toEqual({ moved: 2 });
    expect(await moveAttachments({ prisma })).toEqual({ moved: 0 });
    const rows = await prisma.llmAttachment.findMany({ orderBy: { size: "desc" } });
    expect(rows).toMatchObject([
      { name: null, mediaType: "image/png", size: sizeOf(png), chatId: chat.id, isStored: false },
      { name: "notes.md", mediaType: "text/plain", size: 4 },
    ]);
    const message = await prisma.llmMessage.findUniqueOrThrow({
      where: { id: rows[0]?.messageId ?? "" },
    });
    expect(message.contentRaw).not.toContain("base64");
    expect(message.contentRaw).toContain("input_audio");
    await chat.ask("Again");
    expect(provider.requests.at(-1)?.messages[0]).toEqual({ role: "user", content: question });
  });

  it("moves them into the storage of the app", async () => {
    const { prisma, provider, storage, chat } = await start();
    expect(await moveAttachments({ prisma, attachments: storage })).toEqual({ moved: 2 });
    const rows = await prisma.llmAttachment.findMany();
    expect(rows.map(({ isStored, data }) => [isStored, data])).toEqual([
      [true, null],
      [true, null],
    ]);
    expect(new Set(storage.files.keys())).toEqual(new Set(rows.map(({ id }) => id)));
    await chat.ask("Again");
    expect(provider.requests.at(-1)?.messages[0]).toEqual({ role: "user", content: question });
  });

  it("leaves a message alone that is changed meanwhile", async () => {
    const { prisma, storage } = await start();
    storage.before = async (operation) => {
      if (operation === "put")
        await prisma.llmMessage.updateMany({ data: { contentRaw: null }, where: { role: "user" } });
    };
    expect(await moveAttachments({ prisma, attachments: storage })).toEqual({ moved: 0 });
    expect(await prisma.llmAttachment.count()).toBe(0);
    // `sweepAttachments` deletes them.
    expect(await prisma.llmStoredFile.count({ where: { attachmentId: null } })).toBe(2);
  });
});
