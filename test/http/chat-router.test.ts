import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { describe, expect, it } from "vitest";

import type { ChatEvent, ChatMessage } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { applyEvents } from "../../src/chat/live-message.ts";
import { readStream, startChatServer } from "../support/chat-server.ts";
import { describeDatabases } from "../support/describe-databases.ts";
import { openTurn } from "../support/open-turn.ts";
import { tool } from "../support/tool.ts";

const isText = (event: ChatEvent): boolean => event.type === "text";
const hasText = (text: string) => {
  let content = "";
  return (event: ChatEvent): boolean => {
    if (event.type === "snapshot") content = event.message.content;
    if (event.type === "text") content = content.slice(0, event.at) + event.text;
    return content === text;
  };
};

function fold(placeholder: ChatMessage, events: readonly { event: ChatEvent }[]): ChatMessage {
  return applyEvents(
    placeholder,
    events.map((one) => one.event),
  );
}

describeDatabases((_name, open) => {
  describe("an answer", () => {
    it("has its id in the database before the provider is called, and streams under it", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider([
        "Hello",
        { hold: true },
        " world",
        { usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 } },
      ]);
      const server = await startChatServer(prisma, createLLM({ provider }));
      const client = server.client("u1");
      const chat = await client.chat.create.mutate({});
      const id = randomUUID();
      const { userMessage, assistantMessage } = await client.chat.send.mutate({
        chatId: chat.id,
        content: "Hi",
        id,
      });
      expect(userMessage).toMatchObject({ id, role: "user", content: "Hi", status: "complete" });
      expect(assistantMessage).toMatchObject({
        role: "assistant",
        parentId: id,
        status: "pending",
        content: "",
      });
      await provider.waitForCall(1);
      expect(
        await prisma.llmMessage.findUnique({ where: { id: assistantMessage.id } }),
      ).not.toBeNull();
      const messageId = assistantMessage.id;
      const begin = await readStream(client, { messageId }, hasText("Hello"));
      expect(begin[0]?.event.type).toBe("snapshot");
      provider.release();
      const lastEventId = begin.at(-1)?.id ?? "";
      const events = [...begin, ...(await readStream(client, { messageId, lastEventId }))];
      expect(events.at(-1)?.event).toMatchObject({
        type: "done",
        message: {
          id: assistantMessage.id,
          status: "complete",
          content: "Hello world",
          usage: { inputTokens: 3, outputTokens: 2, cost: null },
        },
      });
      for (const { id: eventId } of events) expect(eventId).not.toBe("");
      expect(fold(assistantMessage, events).content).toBe("Hello world");
      const page = await client.chat.messages.query({ chatId: chat.id });
      expect(page.items.map((message) => [message.id, message.content])).toEqual([
        [id, "Hi"],
        [assistantMessage.id, "Hello world"],
      ]);
    });

    it("resumes behind the last event, sends nothing twice, and ends for those who come late", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider([
        "One ",
        { hold: true },
        "two ",
        { hold: true },
        "three",
      ]);
      const server = await startChatServer(prisma, createLLM({ provider }));
      const client = server.client("u1");
      const chat = await client.chat.create.mutate({});
      const { assistantMessage } = await client.chat.send.mutate({
        chatId: chat.id,
        content: "Count",
      });
      const messageId = assistantMessage.id;
      const first = await readStream(client, { messageId }, hasText("One "));
      provider.release();
      const lastEventId = first.at(-1)?.id ?? "";
      const second = await readStream(client, { messageId, lastEventId }, isText);
      expect(second.map((one) => one.event)).toEqual([{ type: "text", at: 4, text: "two " }]);
      provider.release();
      const rest = await readStream(client, { messageId, lastEventId: second.at(-1)?.id ?? "" });
      expect(fold(assistantMessage, [...first, ...second, ...rest]).content).toBe("One two three");
      const late = await readStream(client, { messageId });
      expect(late.map((one) => one.event)).toMatchObject([
        { type: "done", message: { content: "One two three" } },
      ]);
      const unknown = await readStream(client, { messageId, lastEventId: "nonsense" });
      expect(unknown.at(-1)?.event.type).toBe("done");
    });

    it("goes on when its reader leaves", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider(["One ", { hold: true }, "two"]);
      const server = await startChatServer(prisma, createLLM({ provider }));
      const client = server.client("u1");
      const chat = await client.chat.create.mutate({});
      const { assistantMessage } = await client.chat.send.mutate({
        chatId: chat.id,
        content: "Count",
      });
      await readStream(client, { messageId: assistantMessage.id }, hasText("One "));
      provider.release();
      await expect
        .poll(async () => (await client.chat.messages.query({ chatId: chat.id })).items.at(-1))
        .toMatchObject({ status: "complete", content: "One two" });
    });

    it("is followed on another instance by what the database has", async () => {
      const database = await open();
      const provider = createScriptedProvider([
        ["Look: ", { toolCall: { id: "c1", name: "look", arguments: { at: "it" } } }],
        ["I saw. ", { hold: true }, "The end."],
      ]);
      const llm = createLLM({ provider });
      const tools = [tool("look", async () => "a thing")];
      const one = (await startChatServer(database.prisma, llm, { tools })).client("u1");
      const two = (await startChatServer(database.connect(), llm, { tools })).client("u1");
      const chat = await one.chat.create.mutate({});
      const { assistantMessage } = await one.chat.send.mutate({ chatId: chat.id, content: "Look" });
      const messageId = assistantMessage.id;
      const before = await readStream(two, { messageId }, hasText("Look: I saw. "));
      const reading = readStream(two, { messageId, lastEventId: before.at(-1)?.id ?? "" });
      provider.release();
      const after = await reading;
      const message = fold(assistantMessage, [...before, ...after]);
      expect(message).toMatchObject({
        status: "complete",
        content: "Look: I saw. The end.",
        toolCalls: [
          {
            toolCallId: "c1",
            name: "look",
            arguments: { at: "it" },
            result: "a thing",
            status: "complete",
          },
        ],
        parts: [
          { type: "text", text: "Look: " },
          { type: "tool", toolCallId: "c1" },
          { type: "text", text: "I saw. The end." },
        ],
      });
      expect(after.filter((event) => event.event.type === "snapshot")).toEqual([]);
    });

    it("becomes interrupted for its readers when its process is gone", async () => {
      const { prisma } = await open();
      const server = await startChatServer(
        prisma,
        createLLM({ provider: createScriptedProvider("Fine.") }),
      );
      const client = server.client("u1");
      const chat = await client.chat.create.mutate({});
      const dead = await openTurn(prisma, chat.id, { secondsAgo: 6, text: ["Half"] });
      expect((await client.chat.messages.query({ chatId: chat.id })).items.at(-1)).toMatchObject({
        id: dead,
        status: "streaming",
        content: "Half",
      });
      const events = await readStream(client, { messageId: dead });
      expect(events.at(-1)?.event).toMatchObject({
        type: "done",
        message: {
          status: "interrupted",
          content: "Half",
          error: { code: "INTERRUPTED", retryable: true },
        },
      });
      const { assistantMessage } = await client.chat.regenerate.mutate({ messageId: dead });
      expect(assistantMessage.siblings).toEqual({ index: 1, count: 2 });
      await readStream(client, { messageId: assistantMessage.id });
      const page = await client.chat.messages.query({ chatId: chat.id });
      expect(page.items.map((message) => message.content)).toEqual(["Are you alive?", "Fine."]);
    });

    it("fails with a safe error, and can be made again", async () => {
      const { prisma } = await open();
      const failure = Object.assign(new Error("key sk-123 refused"), { status: 503 });
      const provider = createScriptedProvider([
        ["Half ", { error: failure }],
        [{ error: failure }],
        ["Whole."],
      ]);
      const seen: unknown[] = [];
      const server = await startChatServer(prisma, createLLM({ provider }), {
        onError: ({ error }) => seen.push(error),
      });
      const client = server.client("u1");
      const chat = await client.chat.create.mutate({});
      const { userMessage, assistantMessage } = await client.chat.send.mutate({
        chatId: chat.id,
        content: "Hi",
      });
      const events = await readStream(client, { messageId: assistantMessage.id });
      expect(events.at(-1)?.event).toMatchObject({
        type: "done",
        message: {
          status: "failed",
          content: "Half ",
          error: { code: "OVERLOADED", retryable: true },
        },
      });
      expect(JSON.stringify(events)).not.toContain("sk-123");
      expect(seen).toEqual([failure]);
      const again = await client.chat.regenerate.mutate({ messageId: assistantMessage.id });
      const failed = await readStream(client, { messageId: again.assistantMessage.id });
      expect(failed.at(-1)?.event).toMatchObject({ message: { status: "failed", content: "" } });
      // An answer without any text does not stay.
      const page = await client.chat.messages.query({ chatId: chat.id });
      expect(page.items.map((message) => message.id)).toEqual([userMessage.id]);
      const third = await client.chat.regenerate.mutate({ messageId: userMessage.id });
      await readStream(client, { messageId: third.assistantMessage.id });
      expect((await client.chat.messages.query({ chatId: chat.id })).items.at(-1)).toMatchObject({
        content: "Whole.",
      });
    });
  });

  describe("stop", () => {
    it("closes the provider's call, keeps the text, and says whether it stopped something", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider(["One ", { hold: true }, "two"]);
      const server = await startChatServer(prisma, createLLM({ provider }));
      const client = server.client("u1");
      const chat = await client.chat.create.mutate({});
      const { assistantMessage } = await client.chat.send.mutate({
        chatId: chat.id,
        content: "Count",
      });
      const messageId = assistantMessage.id;
      await readStream(client, { messageId }, hasText("One "));
      expect(await client.chat.stop.mutate({ messageId })).toEqual({ stopped: true });
      expect(provider.aborted).toBe(1);
      expect(await client.chat.stop.mutate({ messageId })).toEqual({ stopped: false });
      const page = await client.chat.messages.query({ chatId: chat.id });
      expect(page.items.at(-1)).toMatchObject({
        id: messageId,
        status: "stopped",
        content: "One ",
      });
    });

    it("removes an answer without text, and the chat takes the next question", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider([[{ hold: true }, "late"], ["Done."]]);
      const server = await startChatServer(prisma, createLLM({ provider }));
      const client = server.client("u1");
      const chat = await client.chat.create.mutate({});
      const first = await client.chat.send.mutate({ chatId: chat.id, content: "a" });
      await provider.waitForHold();
      expect(await client.chat.stop.mutate({ messageId: first.assistantMessage.id })).toEqual({
        stopped: true,
      });
      expect(
        (await client.chat.messages.query({ chatId: chat.id })).items.map(
          (message) => message.role,
        ),
      ).toEqual(["user"]);
      const second = await client.chat.send.mutate({ chatId: chat.id, content: "b" });
      await readStream(client, { messageId: second.assistantMessage.id });
      expect(provider.requests[1]?.messages.map((message) => message.content)).toEqual(["a", "b"]);
    });

    it("works from another instance, through the database", async () => {
      const database = await open();
      const provider = createScriptedProvider(["One ", { hold: true }, "two"]);
      const llm = createLLM({ provider });
      const one = (await startChatServer(database.prisma, llm)).client("u1");
      const two = (await startChatServer(database.connect(), llm)).client("u1");
      const chat = await one.chat.create.mutate({});
      const { assistantMessage } = await one.chat.send.mutate({
        chatId: chat.id,
        content: "Count",
      });
      await provider.waitForHold();
      const startedAt = performance.now();
      expect(await two.chat.stop.mutate({ messageId: assistantMessage.id })).toEqual({
        stopped: true,
      });
      expect(performance.now() - startedAt).toBeLessThan(3_000);
      expect(provider.aborted).toBe(1);
      expect((await two.chat.messages.query({ chatId: chat.id })).items.at(-1)).toMatchObject({
        status: "stopped",
        content: "One ",
      });
      expect(await two.chat.stop.mutate({ messageId: assistantMessage.id })).toEqual({
        stopped: false,
      });
    });
  });

  describe("send", () => {
    it("is one call of the provider for one id, however often and wherever it is sent", async () => {
      const database = await open();
      const provider = createScriptedProvider(["Once", { hold: true }, "."]);
      const llm = createLLM({ provider });
      const one = (await startChatServer(database.prisma, llm)).client("u1");
      const two = (await startChatServer(database.connect(), llm)).client("u1");
      const chat = await one.chat.create.mutate({});
      const input = { chatId: chat.id, content: "Hi", id: randomUUID() };
      const sent = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 === 0 ? one : two).chat.send.mutate(input),
        ),
      );
      expect(new Set(sent.map((answer) => answer.assistantMessage.id)).size).toBe(1);
      expect(new Set(sent.map((answer) => answer.userMessage.id))).toEqual(new Set([input.id]));
      await provider.waitForHold();
      provider.release();
      const messageId = sent[0]?.assistantMessage.id ?? "";
      await readStream(one, { messageId });
      expect(provider.calls).toBe(1);
      expect(await database.prisma.llmMessage.count()).toBe(2);
    });

    it("refuses a second question while an answer is in progress, and writes nothing for it", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider([{ hold: true }, "Done."]);
      const client = (await startChatServer(prisma, createLLM({ provider }))).client("u1");
      const chat = await client.chat.create.mutate({});
      await client.chat.send.mutate({ chatId: chat.id, content: "a" });
      await expect(
        client.chat.send.mutate({ chatId: chat.id, content: "b" }),
      ).rejects.toMatchObject({
        data: { code: "CONFLICT" },
      });
      expect(await prisma.llmMessage.count()).toBe(2);
      const page = await client.chat.messages.query({ chatId: chat.id });
      await expect(
        client.chat.regenerate.mutate({ messageId: page.items[1]?.id ?? "" }),
      ).rejects.toMatchObject({
        data: { code: "CONFLICT" },
      });
      await client.chat.stop.mutate({ messageId: page.items[1]?.id ?? "" });
    });

    it("makes a branch when it follows an earlier message", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider([["A1"], ["A2"], ["B2"]]);
      const client = (await startChatServer(prisma, createLLM({ provider }))).client("u1");
      const chat = await client.chat.create.mutate({});
      const ask = async (content: string, parentId?: string | null) => {
        const sent = await client.chat.send.mutate({
          chatId: chat.id,
          content,
          ...(parentId === undefined ? {} : { parentId }),
        });
        await readStream(client, { messageId: sent.assistantMessage.id });
        return sent;
      };
      const first = await ask("q1");
      const second = await ask("q2");
      await ask("q2 edited", second.userMessage.parentId);
      const page = await client.chat.messages.query({ chatId: chat.id });
      expect(page.items.map((message) => [message.content, message.siblings])).toEqual([
        ["q1", { index: 0, count: 1 }],
        ["A1", { index: 0, count: 1 }],
        ["q2 edited", { index: 1, count: 2 }],
        ["B2", { index: 0, count: 1 }],
      ]);
      await client.chat.selectBranch.mutate({ messageId: second.userMessage.id });
      const before = await client.chat.messages.query({ chatId: chat.id });
      expect(before.items.map((message) => [message.content, message.siblings.index])).toEqual([
        ["q1", 0],
        ["A1", 0],
        ["q2", 0],
        ["A2", 0],
      ]);
      await client.chat.selectBranch.mutate({ messageId: page.items[2]?.id ?? "" });
      expect((await client.chat.messages.query({ chatId: chat.id })).items).toEqual(page.items);
      expect(provider.requests[2]?.messages.map((message) => message.content)).toEqual([
        "q1",
        "A1",
        "q2 edited",
      ]);
      await expect(
        client.chat.send.mutate({ chatId: chat.id, content: "x", parentId: randomUUID() }),
      ).rejects.toMatchObject({ data: { code: "NOT_FOUND" } });
      await ask("q1 edited", first.userMessage.parentId);
      expect(
        (await client.chat.messages.query({ chatId: chat.id })).items.map(
          (message) => message.siblings.count,
        ),
      ).toEqual([2, 1]);
    });

    it("refuses bad input with an error that says what to do, and writes nothing", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider("Hi");
      const server = await startChatServer(prisma, createLLM({ provider }), {
        models: ["scripted-model"],
        limits: { maxPromptChars: 10, maxAttachments: 1, maxAttachmentChars: 100 },
      });
      const client = server.client("u1");
      const chat = await client.chat.create.mutate({});
      const other = await client.chat.create.mutate({});
      const chatId = chat.id;
      const send = client.chat.send.mutate;
      const png = { name: "a.png", mediaType: "image/png", url: "data:image/png;base64,AA==" };
      const refused: [() => Promise<unknown>, string, RegExp][] = [
        [() => send({ chatId: randomUUID(), content: "Hi" }), "NOT_FOUND", /no such chat/],
        [() => send({ chatId, content: "  \n" }), "BAD_REQUEST", /empty/],
        [() => send({ chatId, content: "x".repeat(11) }), "BAD_REQUEST", /at most 10 characters/],
        [
          () => send({ chatId, content: "Hi", model: "gpt-99" }),
          "BAD_REQUEST",
          /Choose one of: scripted-model/,
        ],
        [() => send({ chatId: "../etc", content: "Hi" }), "BAD_REQUEST", /not an id/],
        [() => send({ chatId, content: "Hi", id: "17" }), "BAD_REQUEST", /must be a UUID/],
        [
          () => send({ chatId, content: "Hi", attachments: [png, png] }),
          "BAD_REQUEST",
          /at most 1 attachments/,
        ],
        [
          () => send({ chatId, content: "Hi", attachments: [{ ...png, url: "/etc/passwd" }] }),
          "BAD_REQUEST",
          /not a data: URL/,
        ],
        [
          () => send({ chatId, content: "Hi", attachments: [{ ...png, url: "data:video/mp4,x" }] }),
          "BAD_REQUEST",
          /not accepted/,
        ],
        [() => client.chat.create.mutate({ model: "gpt-99" }), "BAD_REQUEST", /not available/],
        [() => client.chat.get.query({ chatId: randomUUID() }), "NOT_FOUND", /no such chat/],
        [
          () => client.chat.stop.mutate({ messageId: randomUUID() }),
          "NOT_FOUND",
          /no such message/,
        ],
        [
          () => client.chat.messages.query({ chatId, cursor: "nonsense" }),
          "BAD_REQUEST",
          /newest page/,
        ],
        [() => client.chat.list.query({ cursor: "nonsense" }), "BAD_REQUEST", /first page/],
      ];
      for (const [call, code, message] of refused) {
        await expect(call()).rejects.toMatchObject({
          data: { code },
          message: expect.stringMatching(message),
        });
      }
      expect(await prisma.llmMessage.count()).toBe(0);
      expect(await prisma.llmChat.count()).toBe(2);
      const { userMessage } = await send({ chatId, content: "Hi", id: randomUUID() });
      await expect(
        send({ chatId: other.id, content: "Hi", id: userMessage.id }),
      ).rejects.toMatchObject({
        data: { code: "BAD_REQUEST" },
      });
    });

    it("takes images and text files, and replays them", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider([["Seen."], ["Still."]]);
      const client = (await startChatServer(prisma, createLLM({ provider }))).client("u1");
      const chat = await client.chat.create.mutate({});
      const attachments = [
        { name: "a.png", mediaType: "image/png", url: "data:image/png;base64,AA==" },
        { name: "b.txt", mediaType: "text/plain", url: "data:text/plain;base64,aGVsbG8=" },
      ];
      const first = await client.chat.send.mutate({ chatId: chat.id, content: "See", attachments });
      expect(first.userMessage.attachments).toEqual([
        { ...attachments[0], name: null },
        attachments[1],
      ]);
      await readStream(client, { messageId: first.assistantMessage.id });
      const second = await client.chat.send.mutate({ chatId: chat.id, content: "Again" });
      await readStream(client, { messageId: second.assistantMessage.id });
      const content = [
        { type: "text", text: "See" },
        { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } },
        { type: "text", text: "b.txt:\nhello" },
      ];
      expect(provider.requests[0]?.messages).toEqual([{ role: "user", content }]);
      expect(provider.requests[1]?.messages[0]).toEqual({ role: "user", content });
    });
  });

  describe("scope", () => {
    it("makes everything of others look as if it did not exist", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider(["Mine", { hold: true }]);
      const server = await startChatServer(prisma, createLLM({ provider }));
      const mine = server.client("u1");
      const theirs = server.client("u2");
      const chat = await mine.chat.create.mutate({ title: "Mine" });
      const { userMessage, assistantMessage } = await mine.chat.send.mutate({
        chatId: chat.id,
        content: "Hi",
      });
      const chatId = chat.id;
      const messageId = assistantMessage.id;
      const strange = (id: { chatId: string; messageId: string }) => [
        theirs.chat.get.query(id),
        theirs.chat.update.mutate({ ...id, title: "Theirs" }),
        theirs.chat.delete.mutate(id),
        theirs.chat.messages.query(id),
        theirs.chat.send.mutate({ ...id, content: "Hi" }),
        theirs.chat.regenerate.mutate(id),
        theirs.chat.selectBranch.mutate(id),
        theirs.chat.stop.mutate(id),
        theirs.chat.stats.query(id),
        readStream(theirs, { messageId: id.messageId }),
      ];
      const describeErrors = async (calls: Promise<unknown>[]) =>
        (await Promise.allSettled(calls)).map((result) =>
          result.status === "rejected" ? String(result.reason) : "allowed",
        );
      const existing = await describeErrors(strange({ chatId, messageId }));
      const missing = await describeErrors(
        strange({ chatId: randomUUID(), messageId: randomUUID() }),
      );
      expect(existing).toEqual(missing);
      expect(existing.filter((error) => !error.includes("There is no such"))).toEqual([]);
      expect((await theirs.chat.list.query({})).items).toEqual([]);
      expect((await mine.chat.list.query({})).items).toMatchObject([
        { id: chatId, title: "Mine", activeMessageId: messageId },
      ]);
      await expect(server.client().chat.list.query({})).rejects.toMatchObject({
        data: { code: "UNAUTHORIZED" },
      });
      expect(userMessage.chatId).toBe(chatId);
      await mine.chat.stop.mutate({ messageId });
    });
  });

  describe("lists", () => {
    it("pages chats, newest first, and finds them by title", async () => {
      const { prisma } = await open();
      const client = (
        await startChatServer(prisma, createLLM({ provider: createScriptedProvider("Hi") }))
      ).client("u1");
      for (const title of ["Alpha", "Beta", "Gamma", "Alphabet", "Delta"])
        await client.chat.create.mutate({ title });
      const first = await client.chat.list.query({ limit: 2 });
      const second = await client.chat.list.query({ limit: 2, cursor: first.nextCursor });
      const third = await client.chat.list.query({ limit: 2, cursor: second.nextCursor });
      const titles = [...first.items, ...second.items, ...third.items].map((chat) => chat.title);
      expect(titles).toEqual(["Delta", "Alphabet", "Gamma", "Beta", "Alpha"]);
      expect(third.nextCursor).toBeNull();
      const found = await client.chat.list.query({ search: "alpha" });
      expect(found.items.map((chat) => chat.title)).toEqual(["Alphabet", "Alpha"]);
      const [newest] = found.items;
      const renamed = await client.chat.update.mutate({
        chatId: newest?.id ?? "",
        title: "Renamed",
      });
      expect(renamed.title).toBe("Renamed");
      expect(await client.chat.delete.mutate({ chatId: renamed.id })).toEqual({ deleted: true });
      await expect(client.chat.get.query({ chatId: renamed.id })).rejects.toMatchObject({
        data: { code: "NOT_FOUND" },
      });
    });

    it("pages messages backwards while an answer streams", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider((_request, call) =>
        call < 4 ? `a${call}` : ["a4", { hold: true }],
      );
      const client = (await startChatServer(prisma, createLLM({ provider }))).client("u1");
      const chat = await client.chat.create.mutate({});
      for (const content of ["q1", "q2", "q3"]) {
        const { assistantMessage } = await client.chat.send.mutate({ chatId: chat.id, content });
        await readStream(client, { messageId: assistantMessage.id });
      }
      const { assistantMessage } = await client.chat.send.mutate({
        chatId: chat.id,
        content: "q4",
      });
      await readStream(client, { messageId: assistantMessage.id }, hasText("a4"));
      const contents: string[][] = [];
      for (let cursor: string | null = null, more = true; more;) {
        const page = await client.chat.messages.query({ chatId: chat.id, limit: 3, cursor });
        contents.push(page.items.map((message) => message.content));
        cursor = page.nextCursor;
        more = cursor !== null;
      }
      expect(contents).toEqual([
        ["a3", "q4", "a4"],
        ["q2", "a2", "q3"],
        ["q1", "a1"],
      ]);
      expect((await client.chat.get.query({ chatId: chat.id })).title).toBe("q1");
      expect(await client.chat.models.query()).toEqual([
        { id: "scripted-model", isDefault: true, inputPrice: null, outputPrice: null },
      ]);
      await client.chat.stop.mutate({ messageId: assistantMessage.id });
    });
  });
});
