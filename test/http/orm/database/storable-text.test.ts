import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import type { ChatMessage } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { applyEvents } from "../../../support/clients/apply-events.ts";
import { readStream } from "../../../support/clients/read-stream.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { tool } from "../../../support/providers/tool.ts";

/** PostgreSQL cannot store NUL, and neither database half a surrogate pair: SQLite turns it into three characters. */
describeDatabases((_name, open) => {
  it("NUL and unpaired surrogates from a model or a tool become one U+FFFD each, streamed and saved alike", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([
      [
        { thinking: { text: "a\0b\uD800" } },
        { thinking: { text: "c\uDE00", signature: "s\0" } },
        "One\0 \uD83D",
        "\uDE00 two\uDC00 ",
        { toolCall: { id: "c\0", name: "look", arguments: '{"at":"\0"}' } },
        { toolCall: { id: "d", name: "brea\0k", arguments: { at: "\uD800" } } },
        { toolCall: { id: "e", name: "fail" } },
      ],
      ["three\0\uD83D", { hold: true }, "four\uD83D"],
    ]);
    const server = await startChatServer(prisma, createLLM({ provider }), {
      tools: [
        tool("look", async () => "seen\0 \uD800"),
        tool("fail", async () => Promise.reject(new Error("broken\0\uDC00"))),
      ],
    });
    const client = server.client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    const { assistantMessage } = await client.chat.send.mutate({ chatId, content: "Go" });
    const { id: messageId } = assistantMessage;
    await provider.waitForHold();
    const saved = async (): Promise<string> =>
      (await prisma.llmMessageChunk.findMany({ where: { messageId, kind: "text" } }))
        .map(({ text }) => text)
        .join("");
    const before = "One\uFFFD \u{1F600} two\uFFFD three\uFFFD";
    await expect.poll(saved).toBe(before);
    let streamed: ChatMessage = assistantMessage;
    const first = await readStream(client, { messageId }, (event) => {
      streamed = applyEvents(streamed, [event]);
      return streamed.content === before;
    });
    provider.release();
    const rest = await readStream(client, { messageId, lastEventId: first.at(-1)?.id ?? "" });
    expect(rest.map(({ event }) => event.type)).not.toContain("snapshot");
    const done = rest.at(-1)?.event;
    expect(done).toMatchObject({
      type: "done",
      message: {
        status: "complete",
        content: `${before}\uFFFDfour\uFFFD`,
        thinking: "a\uFFFDb\uFFFDc\uFFFD",
        toolCalls: [
          { toolCallId: "c\uFFFD", result: "seen\uFFFD \uFFFD", status: "complete" },
          { name: "brea\uFFFDk" },
          { name: "fail", status: "error" },
        ],
      },
    });
    const { items } = await client.chat.messages.query({ chatId });
    const final = items.at(-1);
    expect(final?.thinking).toBe(streamed.thinking);
    expect(final?.parts.map((part) => (part.type === "text" ? part.text : ""))).toEqual([
      "",
      "One\uFFFD \u{1F600} two\uFFFD ",
      "",
      "",
      "",
      "three\uFFFD\uFFFDfour\uFFFD",
    ]);
    expect(final).toEqual(done?.type === "done" ? done.message : null);
  });

  it("NUL and unpaired surrogates in an answer that does not stream become one U+FFFD each", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([[{ thinking: { text: "a\0" } }, "One\0 \uD83D"]]);
    const chat = await createChat(prisma, createLLM({ provider }));
    expect(await chat.ask("Go")).toMatchObject({
      content: "One\uFFFD \uFFFD",
      thinkingText: "a\uFFFD",
    });
    expect((await chat.messages()).at(-1)).toMatchObject({ content: "One\uFFFD \uFFFD" });
    await expect(chat.ask("Go\0")).rejects.toMatchObject({ code: "BAD_REQUEST" });
    for (const options of [{ instructions: "\0" }, { metadata: { a: [{ b: "\0" }] } }]) {
      const creating = createChat(prisma, createLLM({ provider }), options);
      expect(await failureOf(creating)).toMatchObject({ code: "BAD_REQUEST" });
    }
    expect(await chat.messages()).toHaveLength(2);
  });

  it("NUL from a client is refused with an error that names it, and changes nothing", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([
      [{ toolCall: { id: "c1", name: "remove" } }],
      ["Fine."],
    ]);
    const server = await startChatServer(prisma, createLLM({ provider }), {
      tools: [tool("remove", async () => "removed")],
      needsApproval: ["remove"],
      clientInstructions: "append",
    });
    const { chat } = server.client("u1");
    const { id: chatId } = await chat.create.mutate({ title: "Mine" });
    const id = randomUUID();
    const url = `data:text/plain;base64,${Buffer.from("a\0b").toString("base64")}`;
    const file = { name: "a.txt", mediaType: "text/plain", url };
    const sent = { chatId, id, content: "Hi" };
    const requests = [
      () => chat.create.mutate({ title: "a\0" }),
      () => chat.create.mutate({ instructions: "a\0" }),
      () => chat.create.mutate({ model: "a\0" }),
      () => chat.create.mutate({ metadata: { "a\0": "" } }),
      () => chat.create.mutate({ metadata: { a: [{ b: "\0" }] } }),
      () => chat.update.mutate({ chatId, title: "a\0" }),
      () => chat.update.mutate({ chatId, instructions: "a\0" }),
      () => chat.send.mutate({ ...sent, content: "a\0" }),
      () => chat.send.mutate({ ...sent, attachments: [file] }),
      () =>
        chat.send.mutate({
          ...sent,
          attachments: [{ ...file, name: "\0", url: "data:text/plain,a" }],
        }),
      () => chat.send.mutate({ ...sent, attachments: [{ ...file, url: "data:text/plain,%" }] }),
      () => chat.list.query({ cursor: "1.\0" }),
      () => chat.messages.query({ chatId, cursor: "t1.\0" }),
      () => chat.messages.query({ chatId, cursor: "p9999999999" }),
    ];
    for (const request of requests) {
      const failure = await failureOf(request());
      expect(failure).toMatchObject({ data: { code: "BAD_REQUEST" } });
    }
    expect(String(await failureOf(chat.send.mutate({ ...sent, content: "a\0" })))).toContain(
      "NUL character (U+0000)",
    );
    expect(await prisma.llmMessage.count()).toBe(0);
    expect(await prisma.llmChat.findMany()).toMatchObject([{ title: "Mine" }]);
    // No chat can contain it.
    expect(await chat.list.query({ search: "a\0" })).toMatchObject({ items: [] });

    const { assistantMessage } = await chat.send.mutate({ ...sent, content: "a\uD800" });
    const { id: messageId } = assistantMessage;
    await readStream(server.client("u1"), { messageId });
    const decision = { messageId, toolCallId: "c1", approved: false, reason: "a\0" };
    for (const wrong of [decision, { ...decision, reason: "a", toolCallId: "c\0" }])
      expect(await failureOf(chat.respondToTool.mutate(wrong))).toMatchObject({
        data: { code: "BAD_REQUEST" },
      });
    await chat.respondToTool.mutate({ ...decision, reason: "\uD800" });
    await readStream(server.client("u1"), { messageId });
    const { items } = await chat.messages.query({ chatId });
    expect(items).toMatchObject([
      { content: "a\uFFFD" },
      { status: "complete", toolCalls: [{ result: expect.stringContaining("Reason: \uFFFD") }] },
    ]);
    const named = await chat.create.mutate({ title: "\uD800", metadata: { a: "\uD800" } });
    expect(named).toMatchObject({ title: "\uFFFD", metadata: { a: "\uFFFD" } });
  });
});
