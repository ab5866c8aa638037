import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import type { ChatDrain } from "node-llm-trpc/server";
import { createDrain } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { Scripts } from "node-llm-trpc/testing";
import { readStream } from "../../support/clients/read-stream.ts";
import { startChatServer } from "../../support/servers/start-chat-server.ts";
import { describeDatabases } from "../../support/databases/describe-databases.ts";
import { failureOf } from "../../support/failure-of.ts";
import { tool } from "../../support/providers/tool.ts";
import { watchChat } from "../../support/clients/watch-chat.ts";

describeDatabases((_name, open) => {
  async function start(scripts: Scripts, drain: ChatDrain = createDrain()) {
    const { prisma } = await open();
    const provider = createScriptedProvider(scripts);
    const llm = createLLM({ provider });
    const endless = tool("look", () => new Promise(() => undefined));
    let joined = 0;
    const server = await startChatServer(prisma, llm, {
      drain,
      tools: [endless],
      onEvent: ({ type }) => void (joined += type === "subscriptionOpened" ? 1 : 0),
    });
    const client = server.client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    const send = (content = "Hi") => client.chat.send.mutate({ chatId, content });
    // Another instance, which is not drained.
    const elsewhere = (await startChatServer(prisma, llm)).client("u1");
    return { prisma, provider, drain, client, elsewhere, chatId, send, joined: () => joined };
  }

  it("interrupts an answer without text at once, and another instance can regenerate it", async () => {
    const { drain, provider, elsewhere, chatId, send, client, joined } = await start([
      [{ hold: true }],
      ["Fine."],
    ]);
    const { assistantMessage } = await send();
    await provider.waitForHold();
    const messageId = assistantMessage.id;
    await readStream(client, { messageId }, ({ type }) => type === "snapshot");
    const reading = readStream(client, { messageId });
    await expect.poll(() => joined()).toBe(2);
    expect(drain.isDraining).toBe(false);
    const report = drain.start({ timeout: 0 });
    expect(drain.isDraining).toBe(true);
    expect(await report).toEqual({ ended: 0, interrupted: 1, unsettled: 0 });
    expect(provider.aborted).toBe(1);
    const done = { type: "done", message: { status: "interrupted", content: "" } };
    expect((await reading).at(-1)?.event).toMatchObject(done);
    const again = await elsewhere.chat.regenerate.mutate({ messageId: assistantMessage.id });
    await readStream(elsewhere, { messageId: again.assistantMessage.id });
    const { items } = await elsewhere.chat.messages.query({ chatId });
    expect(items.map(({ content }) => content)).toEqual(["Hi", "Fine."]);
  });

  it("ends a running tool and keeps the text before it", async () => {
    const { drain, send, client, prisma, joined } = await start([
      ["Let me look.", { toolCall: { id: "t1", name: "look" } }],
    ]);
    const { assistantMessage } = await send();
    const messageId = assistantMessage.id;
    await expect.poll(async () => await prisma.llmToolCall.count()).toBe(1);
    const reading = readStream(client, { messageId });
    await expect.poll(() => joined()).toBe(1);
    await drain.start({ timeout: 0 });
    expect((await reading).at(-1)?.event).toMatchObject({
      message: {
        status: "interrupted",
        content: "Let me look.",
        toolCalls: [{ toolCallId: "t1", status: "error" }],
      },
    });
  });

  it("waits for answers that end in time, also when it is started twice", async () => {
    const { drain, provider, send, client } = await start(["Half ", { hold: true }, "and half."]);
    const { assistantMessage } = await send();
    await provider.waitForHold();
    const reports = [drain.start(), drain.start({ timeout: 60_000 })];
    provider.release();
    expect(await Promise.all(reports)).toEqual([
      { ended: 1, interrupted: 0, unsettled: 0 },
      { ended: 1, interrupted: 0, unsettled: 0 },
    ]);
    const { items } = await client.chat.messages.query({ chatId: assistantMessage.chatId });
    expect(items.at(-1)).toMatchObject({ status: "complete", content: "Half and half." });
  });

  it("can be shortened, as by Ctrl-C after SIGTERM", async () => {
    const { drain, provider, send } = await start(["Half", { hold: true }]);
    await send();
    await provider.waitForHold();
    const report = drain.start({ timeout: 60_000 });
    void drain.start({ timeout: 0 });
    expect(await report).toEqual({ ended: 0, interrupted: 1, unsettled: 0 });
  });

  it("refuses new messages with a retryable error, writes nothing, and still answers repeats", async () => {
    const { drain, client, prisma, provider, chatId, send } = await start([
      ["Half", { hold: true }],
    ]);
    const id = crypto.randomUUID();
    const sent = await client.chat.send.mutate({ chatId, content: "Hi", id });
    await provider.waitForHold();
    const draining = drain.start();
    const refused = { data: { code: "SERVICE_UNAVAILABLE", httpStatus: 503 } };
    const before = await prisma.llmMessage.count();
    const other = await client.chat.create.mutate({});
    for (const attempt of [
      client.chat.send.mutate({ chatId: other.id, content: "Hi" }),
      client.chat.regenerate.mutate({ messageId: sent.userMessage.id }),
      send(),
    ])
      expect(await failureOf(attempt)).toMatchObject(refused);
    const repeated = await client.chat.send.mutate({ chatId, content: "Hi", id });
    expect(repeated.assistantMessage.id).toBe(sent.assistantMessage.id);
    expect(await prisma.llmMessage.count()).toBe(before);
    expect(provider.calls).toBe(1);
    provider.release();
    await draining;
  });

  it("leaves an answer that waits for an approval to the instance that gets the decision", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([
      ["May I? ", { toolCall: { id: "t1", name: "look" } }],
      ["Thank you."],
    ]);
    const llm = createLLM({ provider });
    const drain = createDrain();
    const options = { tools: [tool("look", async () => "a thing")], needsApproval: ["look"] };
    const here = (await startChatServer(prisma, llm, { ...options, drain })).client("u1");
    const there = (await startChatServer(prisma, llm, options)).client("u1");
    const { id: chatId } = await here.chat.create.mutate({});
    const { assistantMessage } = await here.chat.send.mutate({ chatId, content: "Hi" });
    const messageId = assistantMessage.id;
    const waiting = await readStream(here, { messageId });
    expect(waiting.at(-1)?.event).toMatchObject({ message: { status: "awaiting_approval" } });
    expect(await drain.start()).toEqual({ ended: 0, interrupted: 0, unsettled: 0 });
    const decision = { messageId, toolCallId: "t1", approved: true };
    expect(await failureOf(here.chat.respondToTool.mutate(decision))).toMatchObject({
      data: { code: "SERVICE_UNAVAILABLE" },
    });
    await there.chat.respondToTool.mutate(decision);
    const done = (await readStream(there, { messageId })).at(-1)?.event;
    expect(done).toMatchObject({ message: { status: "complete", content: "May I? Thank you." } });
  });

  it("closes the subscriptions that other instances can serve once its own answers have ended", async () => {
    const { drain, client, elsewhere, provider, chatId } = await start([["Half", { hold: true }]]);
    const watch = watchChat(client, { chatId });
    const sent = await elsewhere.chat.send.mutate({ chatId, content: "Hi" });
    await provider.waitForHold();
    const states: string[] = [];
    const reading = client.chat.stream.subscribe(
      { messageId: sent.assistantMessage.id },
      { onConnectionStateChange: ({ state, error }) => states.push(error?.data?.code ?? state) },
    );
    await expect.poll(() => states).toContain("pending");
    await expect.poll(() => watch.notices.length).toBeGreaterThan(0);
    expect(await drain.start()).toEqual({ ended: 0, interrupted: 0, unsettled: 0 });
    await expect.poll(() => states).toContain("SERVICE_UNAVAILABLE");
    reading.unsubscribe();
    watch.stop();
    provider.release();
    await readStream(elsewhere, { messageId: sent.assistantMessage.id });
  });
});
