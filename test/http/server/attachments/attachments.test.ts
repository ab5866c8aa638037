import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { describe, expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../../../support/clients/read-stream.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { watchStatements } from "../../../support/databases/watch-statements.ts";
import { sampleFiles, sizeOf, textFile } from "../../../support/files/sample-files.ts";
import type { AppRouterOptions } from "../../../support/servers/create-app-router.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";

const { png, text, pdf } = sampleFiles;

describeDatabases((_name, open) => {
  const start = async (options: AppRouterOptions = {}) => {
    const database = await open();
    const provider = createScriptedProvider("Seen.");
    const server = await startChatServer(database.prisma, createLLM({ provider }), options);
    const client = server.client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    const send = async (input: Partial<Parameters<typeof client.chat.send.mutate>[0]>) => {
      const sent = await client.chat.send.mutate({ chatId, content: "See", ...input });
      await readStream(client, { messageId: sent.assistantMessage.id });
      return sent.userMessage;
    };
    const newest = () => provider.requests.at(-1)?.messages ?? [];
    return { database, prisma: database.prisma, provider, server, client, chatId, send, newest };
  };

  it("keeps the bytes apart from the message, which has descriptors", async () => {
    const { prisma, client, chatId, send, newest } = await start();
    const files = [png, text, pdf];
    const message = await send({ attachments: files });
    const descriptors = files.map((file) => ({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: file.name,
      mediaType: file.mediaType,
      size: sizeOf(file),
      url: null,
    }));
    expect(message.attachments).toEqual(descriptors);
    const { items } = await client.chat.messages.query({ chatId });
    expect(items[0]?.attachments).toEqual(message.attachments);
    expect(JSON.stringify(items)).not.toContain("base64");
    const row = await prisma.llmMessage.findUniqueOrThrow({ where: { id: message.id } });
    expect(row.content).toBe("See");
    expect(row.contentRaw).not.toContain("base64");

    for (const [index, { mediaType, url }] of files.entries()) {
      const attachmentId = message.attachments[index]?.id ?? "";
      const file = await client.chat.attachment.query({ attachmentId });
      expect(`data:${file.mediaType};base64,${file.data}`).toBe(url);
      expect(file.mediaType).toBe(mediaType);
    }
    const content = [
      { type: "text", text: "See" },
      { type: "image_url", image_url: { url: png.url } },
      { type: "text", text: "notes.md:\n# Ä" },
      { type: "image_url", image_url: { url: pdf.url } },
    ];
    expect(newest()).toEqual([{ role: "user", content }]);
    await send({ content: "Again" });
    expect(newest()[0]).toEqual({ role: "user", content });
  });

  it("lets no statement of a list read the bytes", async () => {
    const database = await open();
    const statements: string[] = [];
    const watched = watchStatements(database, (sql) => void statements.push(sql));
    const provider = createScriptedProvider("Seen.");
    const server = await startChatServer(watched.prisma, createLLM({ provider }));
    const client = server.client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    const sent = await client.chat.send.mutate({ chatId, content: "", attachments: [png] });
    await readStream(client, { messageId: sent.assistantMessage.id });
    statements.length = 0;
    await client.chat.messages.query({ chatId });
    await client.chat.list.query({ search: "Seen" });
    expect(statements.length).toBeGreaterThan(0);
    expect(statements.filter((sql) => sql.includes("LlmAttachment"))).toEqual([]);
    await watched.close();
  });

  it("shares the bytes between the versions of a message", async () => {
    const { prisma, client, send, newest } = await start();
    const first = await send({ attachments: [png, text] });
    const [image, notes] = first.attachments;
    if (image === undefined || notes === undefined) throw new Error("No attachments.");
    const edited = await send({
      content: "Look again",
      parentId: first.parentId,
      attachments: [notes, { ...image, url: "https://elsewhere.example" }, pdf],
    });
    expect(edited.attachments.slice(0, 2)).toEqual([notes, image]);
    expect(edited.attachments[2]).toMatchObject({ name: "paper.pdf" });
    expect(await prisma.llmAttachment.count()).toBe(3);
    expect(newest().at(-1)?.content).toEqual([
      { type: "text", text: "Look again" },
      { type: "text", text: "notes.md:\n# Ä" },
      { type: "image_url", image_url: { url: png.url } },
      { type: "image_url", image_url: { url: pdf.url } },
    ]);
    const again = await client.chat.regenerate.mutate({ messageId: first.id });
    await readStream(client, { messageId: again.assistantMessage.id });
    expect(newest().at(-1)?.content).toHaveLength(3);
    expect(await prisma.llmAttachment.count()).toBe(3);
  });

  it("deletes the bytes with their chat and with their message, also when another program deletes those", async () => {
    const { prisma, client, chatId, send } = await start();
    await send({ attachments: [png] });
    await client.chat.delete.mutate({ chatId });
    expect(await prisma.llmAttachment.count()).toBe(0);

    const other = await client.chat.create.mutate({});
    const { id } = await send({ chatId: other.id, attachments: [png] });
    await prisma.llmMessage.delete({ where: { id } });
    expect(await prisma.llmAttachment.count()).toBe(0);
  });

  it("shows attachments only in the caller's scope", async () => {
    const { prisma, client, server, send } = await start();
    const { attachments } = await send({ attachments: [png] });
    const [image] = attachments;
    if (image === undefined) throw new Error("No attachment.");
    const stranger = server.client("u2");
    const read = (attachmentId: string) =>
      stranger.chat.attachment.query({ attachmentId }).catch((error: unknown) => String(error));
    expect(await read(image.id)).toEqual(await read(randomUUID()));
    const theirs = await stranger.chat.create.mutate({});
    const mine = await client.chat.create.mutate({});
    const sendAgain = (caller: typeof client, chatId: string, id: string) =>
      caller.chat.send
        .mutate({ chatId, content: "Hi", attachments: [{ id }] })
        .catch((error: unknown) => String(error));
    const missing = await sendAgain(stranger, theirs.id, randomUUID());
    expect(missing).toContain("There is no such attachment");
    expect(await sendAgain(stranger, theirs.id, image.id)).toEqual(missing);
    expect(await sendAgain(client, mine.id, image.id)).toEqual(missing);
    expect(await prisma.llmMessage.count({ where: { chatId: theirs.id } })).toBe(0);
  });

  describe("limits", () => {
    const limits = {
      maxAttachments: 3,
      maxAttachmentBytes: 100,
      maxMessageAttachmentBytes: 200,
      maxChatAttachmentBytes: 300,
      mediaTypes: ["text/plain", "image/png"],
    } as const;

    it("refuses what is too much, and writes nothing", async () => {
      const { prisma, client, chatId, send } = await start({ limits });
      const known = await send({ attachments: [textFile(100, "known.txt")] });
      const counts = () => Promise.all([prisma.llmMessage.count(), prisma.llmAttachment.count()]);
      const before = await counts();
      const [reference] = known.attachments;
      if (reference === undefined) throw new Error("No attachment.");
      const refused: [
        readonly { name: string | null; url: string; mediaType: string }[],
        RegExp,
      ][] = [
        [Array.from({ length: 4 }, () => textFile(1)), /at most 3 attachments/],
        [[textFile(101)], /"a.txt" is too large: at most 100 bytes/],
        [[textFile(99), textFile(99), textFile(3)], /at most 200 bytes together/],
        [[textFile(60), textFile(60), { ...reference, url: "" }], /at most 200 bytes together/],
        [[pdf], /not accepted \(application\/pdf\)/],
        [[{ ...textFile(1), url: `data:text/plain,${"%C3%A4".repeat(60)}` }], /is too large/],
      ];
      for (const [attachments, message] of refused) {
        await expect(
          client.chat.send.mutate({ chatId, content: "Hi", attachments: [...attachments] }),
        ).rejects.toMatchObject({
          data: { code: "BAD_REQUEST" },
          message: expect.stringMatching(message),
        });
      }
      expect(await counts()).toEqual(before);
    });

    it("bounds the bytes of a chat, and lets a repeated message through", async () => {
      const { prisma, client, chatId, send } = await start({ limits });
      const id = randomUUID();
      const input = { id, attachments: [textFile(100), textFile(100)] };
      await send({ attachments: [textFile(100)] });
      const sent = await send(input);
      const file = [textFile(1)];
      await expect(
        client.chat.send.mutate({ chatId, content: "Hi", attachments: file }),
      ).rejects.toMatchObject({
        data: { code: "BAD_REQUEST" },
        message: expect.stringContaining("at most 300 bytes together"),
      });
      expect(await send(input)).toEqual(sent);
      // What the chat has already does not count again.
      await send({ attachments: sent.attachments.slice(0, 1) });
      expect(await prisma.llmAttachment.count()).toBe(3);
    });

    it("bounds what a caller reads within a minute", async () => {
      const { client, server, send } = await start({ limits: { attachmentBytesPerMinute: 150 } });
      const { attachments } = await send({ attachments: [textFile(100)] });
      const read = (caller: typeof client) =>
        caller.chat.attachment.query({ attachmentId: attachments[0]?.id ?? "" });
      expect((await read(client)).mediaType).toBe("text/plain");
      await expect(read(client)).rejects.toMatchObject({
        data: { code: "TOO_MANY_REQUESTS" },
        message: expect.stringContaining("Try again after"),
      });
      await expect(read(server.client("u2"))).rejects.toMatchObject({
        data: { code: "NOT_FOUND" },
      });
    });

    it("replays the newest files, and names the others", async () => {
      const { send, newest } = await start({ context: { maxFileBytes: 250 } });
      await send({ attachments: [textFile(100, "1.txt")] });
      await send({ attachments: [textFile(100, "2.txt")] });
      const { attachments } = await send({ attachments: [textFile(100, "3.txt")] });
      // The question's own files do not count, and a file that is sent twice counts once.
      await send({ attachments: [textFile(1_000, "4.txt"), ...attachments] });
      const names = newest().map(({ content }) =>
        Array.isArray(content)
          ? content.flatMap((part) => (part.type === "text" ? [part.text.slice(0, 30)] : []))
          : content,
      );
      const sent = (name: string) => `${name}:\n${"a".repeat(30 - name.length - 2)}`;
      expect(names).toEqual([
        ["See", sent("1.txt")],
        "Seen.",
        ["See", sent("2.txt")],
        "Seen.",
        ["See", sent("3.txt")],
        "Seen.",
        ["See", sent("4.txt"), sent("3.txt")],
      ]);
      await send({ content: "And now?" });
      expect(
        newest().map(({ content }) => JSON.stringify(content).includes("no longer shown")),
      ).toEqual([true, false, true, false, true, false, true, false, false]);
    });
  });

  it("refuses a file that the model cannot read, and names it for a model that comes later", async () => {
    const database = await open();
    const provider = createScriptedProvider("Seen.", { id: "deepseek" });
    const server = await startChatServer(database.prisma, createLLM({ provider }));
    const client = server.client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    await expect(
      client.chat.send.mutate({ chatId, content: "Hi", attachments: [pdf] }),
    ).rejects.toMatchObject({
      data: { code: "BAD_REQUEST" },
      message: expect.stringContaining("cannot read files of the type application/pdf"),
    });
    expect(await database.prisma.llmMessage.count()).toBe(0);
    const other = createLLM({ provider: createScriptedProvider("Seen.") });
    const before = (await startChatServer(database.prisma, other)).client("u1");
    const sent = await before.chat.send.mutate({ chatId, content: "Hi", attachments: [pdf] });
    await readStream(before, { messageId: sent.assistantMessage.id });
    const next = await client.chat.send.mutate({ chatId, content: "Again" });
    await readStream(client, { messageId: next.assistantMessage.id });
    expect(JSON.stringify(provider.requests[0]?.messages[0])).toContain(
      "You cannot read files of this type",
    );
    await expect(
      client.chat.regenerate.mutate({ messageId: sent.assistantMessage.id }),
    ).rejects.toMatchObject({ data: { code: "BAD_REQUEST" } });
  });

  it("reads files that other programs keep in the rows of messages", async () => {
    const { prisma, server, client, chatId, send, newest } = await start();
    const id = randomUUID();
    const contentRaw = JSON.stringify([
      { type: "text", text: "See" },
      { type: "image_url", image_url: { url: png.url } },
      { type: "text", text: "notes.md:\n# Ä" },
    ]);
    await prisma.llmMessage.create({
      data: { id, chatId, role: "user", content: "See", contentRaw },
    });
    const { items } = await client.chat.messages.query({ chatId });
    const attachments = [
      { id: `${id}_1`, name: null, mediaType: "image/png", size: sizeOf(png), url: null },
      { id: `${id}_2`, name: "notes.md", mediaType: "text/plain", size: 4, url: null },
    ];
    expect(items[0]?.attachments).toEqual(attachments);
    const read = await client.chat.attachment.query({ attachmentId: `${id}_1` });
    expect(`data:${read.mediaType};base64,${read.data}`).toBe(png.url);
    for (const attachmentId of [`${id}_0`, `${id}_3`, `${randomUUID()}_1`]) {
      await expect(client.chat.attachment.query({ attachmentId })).rejects.toMatchObject({
        data: { code: "NOT_FOUND" },
      });
    }
    // A page that shows many of them asks for all at once.
    await prisma.llmMessage.update({
      where: { id },
      data: {
        contentRaw: JSON.stringify(
          Array.from({ length: 14 }, () => ({ type: "image_url", image_url: { url: png.url } })),
        ),
      },
    });
    const inputs = Array.from({ length: 14 }, (_, index) => ({ attachmentId: `${id}_${index}` }));
    const query = encodeURIComponent(JSON.stringify(Object.fromEntries(inputs.entries())));
    const paths = inputs.map(() => "chat.attachment").join();
    const response = await fetch(`${server.url}/${paths}?batch=1&input=${query}`, {
      headers: { "x-user": "u1" },
    });
    expect(await response.json()).toEqual(inputs.map(() => ({ result: { data: read } })));
    await prisma.llmMessage.update({ where: { id }, data: { contentRaw } });
    const again = await send({ content: "Again", attachments });
    expect(again.attachments.map(({ name, size }) => [name, size])).toEqual([
      [null, sizeOf(png)],
      ["notes.md", 4],
    ]);
    expect(await prisma.llmAttachment.count()).toBe(2);
    expect(newest().at(-1)?.content).toHaveLength(3);
  });
});
