import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import type { AnswerFailure } from "node-llm-trpc/server";
import { sweepAttachments } from "node-llm-trpc/server";
import type { Scripts } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../../../support/clients/read-stream.ts";
import type { TestDatabase } from "../../../support/databases/describe-databases.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { createMemoryStorage } from "../../../support/files/memory-storage.ts";
import { sampleFiles } from "../../../support/files/sample-files.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";

const { png, text } = sampleFiles;
const hour = 3_600_000;

/** Lets all rows of stored files look as old as that. */
async function age({ prisma }: TestDatabase, ms: number): Promise<void> {
  await prisma.llmStoredFile.updateMany({ data: { createdAt: new Date(Date.now() - ms) } });
}

describeDatabases((_name, open) => {
  const start = async (scripts: Scripts = "Seen.") => {
    const database = await open();
    const storage = createMemoryStorage();
    const failures: AnswerFailure[] = [];
    const provider = createScriptedProvider(scripts);
    const connect = async () => {
      const server = await startChatServer(database.connect(), createLLM({ provider }), {
        attachments: storage,
        onError: (failure) => failures.push(failure),
      });
      return server.client("u1");
    };
    const client = await connect();
    const { id: chatId } = await client.chat.create.mutate({});
    const input = { chatId, content: "See", attachments: [png, text] };
    const send = async () => {
      const sent = await client.chat.send.mutate(input);
      await readStream(client, { messageId: sent.assistantMessage.id });
      return sent.userMessage;
    };
    /** Files, rows of files, attachments and messages. */
    const counts = async () => [
      storage.files.size,
      await database.prisma.llmStoredFile.count(),
      await database.prisma.llmAttachment.count(),
      await database.prisma.llmMessage.count(),
    ];
    const sweep = () => sweepAttachments({ prisma: database.prisma, attachments: storage });
    return {
      database,
      storage,
      failures,
      provider,
      connect,
      client,
      chatId,
      input,
      send,
      counts,
      sweep,
    };
  };

  it("has the bytes, and gives addresses to those who read messages", async () => {
    const { database, storage, client, chatId, provider, send } = await start();
    const message = await send();
    const [image, notes] = message.attachments;
    expect(image).toMatchObject({
      name: "dot.png",
      url: `https://files.example/${image?.id}?type=image%2Fpng`,
    });
    expect((await client.chat.messages.query({ chatId })).items[0]).toEqual(message);
    expect(new Set(storage.files.keys())).toEqual(new Set([image?.id, notes?.id]));
    const rows = await database.prisma.llmAttachment.findMany();
    expect(rows.map(({ isStored, data }) => [isStored, data])).toEqual([
      [true, null],
      [true, null],
    ]);
    const read = await client.chat.attachment.query({ attachmentId: image?.id ?? "" });
    expect(`data:${read.mediaType};base64,${read.data}`).toBe(png.url);
    expect(provider.requests[0]?.messages[0]?.content).toEqual([
      { type: "text", text: "See" },
      { type: "image_url", image_url: { url: png.url } },
      { type: "text", text: "notes.md:\n# Ä" },
    ]);
    storage.before = (operation) => {
      if (operation === "url") throw new Error("No address.");
    };
    const { items } = await client.chat.messages.query({ chatId });
    expect(items[0]?.attachments.map(({ url }) => url)).toEqual([null, null]);
  });

  it("loses its files with their chat", async () => {
    const { client, chatId, send, counts } = await start();
    await send();
    expect(await counts()).toEqual([2, 2, 2, 2]);
    await client.chat.delete.mutate({ chatId });
    expect(await counts()).toEqual([0, 0, 0, 0]);
  });

  it("deletes what it could not delete at first an hour later", async () => {
    const { database, storage, failures, client, chatId, connect, send, counts } = await start();
    await send();
    const error = new Error("Not now.");
    storage.before = (operation) => {
      if (operation === "delete") throw error;
    };
    await client.chat.delete.mutate({ chatId });
    expect(failures).toEqual(
      [1, 2].map(() => ({ task: "attachments", error, chatId, messageId: null })),
    );
    expect(await counts()).toEqual([2, 2, 0, 0]);
    storage.before = () => undefined;
    await age(database, hour + 1_000);
    // Another instance finds them when it deletes a chat.
    const other = await connect();
    const { id } = await other.chat.create.mutate({});
    await other.chat.delete.mutate({ chatId: id });
    expect(await counts()).toEqual([0, 0, 0, 0]);
  });

  it("deletes the files of chats and messages that somebody else has deleted", async () => {
    const { database, chatId, send, counts, sweep } = await start();
    const { id } = await send();
    await send();
    await database.prisma.llmMessage.delete({ where: { id } });
    await age(database, hour + 1_000);
    expect(await sweep()).toEqual({ deleted: 2, failures: [] });
    expect((await counts())[0]).toBe(2);
    await database.prisma.llmChat.delete({ where: { id: chatId } });
    expect(await sweep()).toEqual({ deleted: 2, failures: [] });
    expect(await counts()).toEqual([0, 0, 0, 0]);
  });

  it("stores nothing of a message that is refused, and nothing twice", async () => {
    const { storage, client, chatId, input, provider, counts } = await start([
      ["…", { hold: true }],
      ["Seen."],
    ]);
    const { assistantMessage } = await client.chat.send.mutate({ chatId, content: "First" });
    await provider.waitForHold();
    await expect(client.chat.send.mutate(input)).rejects.toMatchObject({
      data: { code: "CONFLICT" },
    });
    expect(storage.calls).toEqual([]);
    await client.chat.stop.mutate({ messageId: assistantMessage.id });
    const id = randomUUID();
    const sent = await client.chat.send.mutate({ ...input, id });
    await readStream(client, { messageId: sent.assistantMessage.id });
    const again = await client.chat.send.mutate({ ...input, id });
    expect(again.userMessage).toEqual(sent.userMessage);
    expect(storage.calls.filter((call) => call === "put")).toHaveLength(2);
    expect(await counts()).toEqual([2, 2, 2, 4]);
  });

  it("keeps nothing of a message that another one is faster than", async () => {
    const { storage, client, chatId, input, provider, counts } = await start([
      ["…", { hold: true }],
    ]);
    let isFirst = true;
    let messageId = "";
    storage.before = async (operation) => {
      if (operation !== "put" || !isFirst) return;
      isFirst = false;
      const first = await client.chat.send.mutate({ chatId, content: "First" });
      messageId = first.assistantMessage.id;
      await provider.waitForHold();
    };
    await expect(client.chat.send.mutate(input)).rejects.toMatchObject({
      data: { code: "CONFLICT" },
    });
    expect(storage.calls).toEqual(["put", "put", "delete", "delete"]);
    expect(await counts()).toEqual([0, 0, 0, 2]);
    provider.release();
    await readStream(client, { messageId });
  });

  it("sends nothing when it fails, and what it has by then is deleted an hour later", async () => {
    const { database, storage, client, input, counts, sweep } = await start();
    storage.before = (operation, key) => {
      const puts = storage.calls.filter((call) => call === "put");
      if (operation === "put" && puts.length === 2) throw new Error(`No room for ${key}.`);
    };
    await expect(client.chat.send.mutate(input)).rejects.toMatchObject({
      data: { code: "SERVICE_UNAVAILABLE" },
      message: expect.stringMatching(/does not respond as it should. Try again/),
    });
    expect(await counts()).toEqual([1, 2, 0, 0]);
    expect(await sweep()).toEqual({ deleted: 0, failures: [] });
    await age(database, hour + 1_000);
    expect(await sweep()).toEqual({ deleted: 2, failures: [] });
    expect(await counts()).toEqual([0, 0, 0, 0]);
  });

  it("never sends a file that may have been deleted as abandoned meanwhile", async () => {
    const { database, storage, client, input, counts } = await start();
    storage.before = async (operation) => {
      if (operation === "put") await age(database, hour / 2 + 1_000);
    };
    await expect(client.chat.send.mutate(input)).rejects.toMatchObject({
      data: { code: "CONFLICT" },
    });
    expect(await counts()).toEqual([0, 0, 0, 0]);
  });

  it("fails an answer whose files it does not return, and goes on without files that are gone", async () => {
    const { storage, client, chatId, provider, send } = await start();
    const { id } = await send();
    storage.before = (operation) => {
      if (operation === "get") throw new Error("secret-bucket is not reachable");
    };
    const attachmentId = [...storage.files.keys()][0] ?? "";
    await expect(client.chat.attachment.query({ attachmentId })).rejects.toMatchObject({
      data: { code: "SERVICE_UNAVAILABLE" },
      message: expect.not.stringContaining("secret"),
    });
    const failing = await client.chat.regenerate.mutate({ messageId: id });
    const events = await readStream(client, { messageId: failing.assistantMessage.id });
    expect(events.at(-1)?.event).toMatchObject({
      type: "done",
      message: { status: "failed", error: { code: "FILE_UNAVAILABLE", retryable: true } },
    });
    storage.before = () => undefined;
    storage.files.clear();
    await expect(client.chat.attachment.query({ attachmentId })).rejects.toMatchObject({
      data: { code: "NOT_FOUND" },
    });
    const sent = await client.chat.send.mutate({ chatId, content: "And now?" });
    await readStream(client, { messageId: sent.assistantMessage.id });
    expect(JSON.stringify(provider.requests.at(-1)?.messages[0])).toContain("It no longer exists");
  });

  it("is found by an instance that starts with it, and missed by one without it", async () => {
    const { database, send } = await start();
    const { id } = await send();
    const llm = createLLM({ provider: createScriptedProvider("Seen.") });
    const failures: AnswerFailure[] = [];
    const onError = (failure: AnswerFailure) => void failures.push(failure);
    const without = (await startChatServer(database.connect(), llm, { onError })).client("u1");
    const { assistantMessage } = await without.chat.regenerate.mutate({ messageId: id });
    const events = await readStream(without, { messageId: assistantMessage.id });
    expect(events.at(-1)?.event).toMatchObject({ message: { error: { code: "CONFIGURATION" } } });
    expect(failures[0]?.error).toMatchObject({ message: expect.stringContaining("`attachments`") });
  });
});
