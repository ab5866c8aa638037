import { createLLM } from "@node-llm/core";
import { expect, it, vi } from "vitest";

import type { ChatRouterEvent, ChatRouterOptions } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { Scripts } from "node-llm-trpc/testing";
import { readStream, startChatServer } from "../support/chat-server.ts";
import { describeDatabases } from "../support/describe-databases.ts";
import { openTurn } from "../support/open-turn.ts";
import { tool } from "../support/tool.ts";

type Options = Partial<Omit<ChatRouterOptions<{ userId: string }>, "llm" | "prisma">>;

const patience = { timeout: 8_000, interval: 10 };
const secret = "sk-secret: the provider's own words";

describeDatabases((_name, open) => {
  async function start(scripts: Scripts, options: Options = {}) {
    const { prisma } = await open();
    const events: ChatRouterEvent[] = [];
    const errors: unknown[] = [];
    const provider = createScriptedProvider(scripts);
    const server = await startChatServer(prisma, createLLM({ provider }), {
      tools: [tool("look", async () => "a thing")],
      onEvent: (event) => events.push(event),
      onError: ({ error }) => errors.push(error),
      ...options,
    });
    const client = server.client("u1");
    const chat = await client.chat.create.mutate({});
    const send = () => client.chat.send.mutate({ chatId: chat.id, content: "Hi" });
    const types = (): string[] => events.map(({ type }) => type);
    return { prisma, provider, events, errors, client, chatId: chat.id, send, types };
  }

  it("tells the whole of an answer with a tool, and nothing of its chunks", async () => {
    const { events, send, chatId, types } = await start([
      [
        { text: ["Let ", "me ", "look. "] },
        { toolCall: { id: "t1", name: "look" } },
        { usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5, cost: 0.5 } },
      ],
      [
        { text: ["It is ", "a ", "thing."] },
        { usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15, cost: 0.25 } },
      ],
    ]);
    const { assistantMessage } = await send();
    await expect.poll(() => types().at(-1), patience).toBe("turnFinished");
    const of = {
      chatId,
      messageId: assistantMessage.id,
      model: "scripted-model",
      provider: "scripted",
    };
    const durationMs = expect.any(Number);
    const request = { durationMs, firstTokenMs: durationMs, statusCode: 200, errorCode: null };
    const tokens = (inputTokens: number, outputTokens: number, cost: number) => ({
      inputTokens,
      outputTokens,
      cost,
    });
    const call = { toolCallId: "t1", toolName: "look" };
    expect(events).toEqual([
      { type: "turnStarted", ...of },
      { type: "firstToken", ...of, durationMs },
      { type: "requestEnded", ...of, ...request, ...tokens(3, 2, 0.5) },
      { type: "toolStarted", ...of, ...call },
      { type: "toolEnded", ...of, ...call, durationMs, status: "complete" },
      { type: "requestEnded", ...of, ...request, ...tokens(10, 5, 0.25) },
      { type: "turnFinished", ...of, durationMs, status: "complete", ...tokens(13, 7, 0.75) },
    ]);
  });

  it("tells of a failure with the provider's own error, beside onError", async () => {
    const { events, errors, send, types } = await start(["Half", { error: new Error(secret) }]);
    await send();
    await expect.poll(() => types().at(-1), patience).toBe("turnFailed");
    expect(types()).toEqual(["turnStarted", "firstToken", "requestEnded", "turnFailed"]);
    expect(events.at(-1)).toMatchObject({
      errorCode: "INTERNAL",
      error: expect.objectContaining({ message: secret }),
    });
    expect(errors).toEqual([expect.objectContaining({ message: secret })]);
  });

  it("tells of a stop, and of a failure before any text", async () => {
    const { client, events, provider, send, types, chatId } = await start([
      ["Half", { hold: true }],
      [{ error: new Error(secret) }],
    ]);
    const { assistantMessage } = await send();
    await provider.waitForHold();
    await client.chat.stop.mutate({ messageId: assistantMessage.id });
    expect(types()).toEqual(["turnStarted", "firstToken", "requestEnded", "turnFinished"]);
    expect(events[2]).toMatchObject({ statusCode: 499, errorCode: "ABORTED" });
    expect(events[3]).toMatchObject({ status: "stopped", messageId: assistantMessage.id });
    events.length = 0;
    await client.chat.send.mutate({ chatId, content: "Again" });
    await expect.poll(() => types().at(-1), patience).toBe("turnFailed");
    expect(types()).toEqual(["turnStarted", "requestEnded", "turnFailed"]);
    expect(events[1]).toMatchObject({ firstTokenMs: null });
  });

  it("tells that an answer waits for an approval, and that it goes on", async () => {
    const { client, events, send, types } = await start(
      [
        ["I will look. ", { toolCall: { id: "t1", name: "look" } }],
        ["A thing.", { usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } }],
      ],
      { needsApproval: ["look"] },
    );
    const { assistantMessage } = await send();
    const { id: messageId } = assistantMessage;
    await expect.poll(() => types().at(-1), patience).toBe("approvalRequested");
    expect(types()).toEqual(["turnStarted", "firstToken", "requestEnded", "approvalRequested"]);
    expect(events.at(-1)).toMatchObject({ messageId, toolCallIds: ["t1"] });
    events.length = 0;
    await client.chat.respondToTool.mutate({ messageId, toolCallId: "t1", approved: true });
    await expect.poll(() => types().at(-1), patience).toBe("turnFinished");
    expect(types()).toEqual([
      "turnResumed",
      "toolStarted",
      "toolEnded",
      "firstToken",
      "requestEnded",
      "turnFinished",
    ]);
    expect(events[2]).toMatchObject({ toolCallId: "t1", status: "complete" });
  });

  it("tells that an answer was stopped while it waited, as the end that it is", async () => {
    const { client, events, send, types, chatId } = await start(
      [
        [
          "May I? ",
          { toolCall: { id: "t1", name: "look" } },
          { usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5, cost: 0.5 } },
        ],
      ],
      { needsApproval: ["look"] },
    );
    const { id: messageId } = (await send()).assistantMessage;
    await expect.poll(() => types().at(-1), patience).toBe("approvalRequested");
    events.length = 0;
    await client.chat.stop.mutate({ messageId });
    await client.chat.stop.mutate({ messageId });
    expect(events).toEqual([
      {
        type: "turnFinished",
        chatId,
        messageId,
        model: "scripted-model",
        provider: "scripted",
        status: "stopped",
        durationMs: 0,
        inputTokens: 3,
        outputTokens: 2,
        cost: 0.5,
      },
    ]);
  });

  it("counts those who read and those who watch", async () => {
    const { client, events, provider, send, chatId } = await start(["Half", { hold: true }]);
    const { assistantMessage } = await send();
    const messageId = assistantMessage.id;
    await provider.waitForHold();
    const watching = client.chat.watch.subscribe({ chatId }, {});
    const reading = readStream(client, { messageId });
    const subscriptions = () =>
      events.filter(
        (event) => event.type === "subscriptionOpened" || event.type === "subscriptionClosed",
      );
    await expect.poll(() => subscriptions().length, patience).toBe(2);
    provider.release();
    await reading;
    watching.unsubscribe();
    await expect.poll(() => subscriptions().length, patience).toBe(4);
    const durationMs = expect.any(Number);
    const stream = { kind: "stream", chatId, messageId };
    const watch = { kind: "watch", chatId, messageId: null };
    expect(subscriptions()).toEqual(
      expect.arrayContaining([
        { type: "subscriptionOpened", ...stream, open: 1 },
        { type: "subscriptionOpened", ...watch, open: 1 },
        { type: "subscriptionClosed", ...stream, open: 0, durationMs },
        { type: "subscriptionClosed", ...watch, open: 0, durationMs },
      ]),
    );
  });

  it("tells once that an answer's process was gone", async () => {
    const { client, events, prisma, chatId } = await start("Fine.");
    const messageId = await openTurn(prisma, chatId, { secondsAgo: 60, text: ["Half"] });
    const pages = [1, 2, 3].map(() => client.chat.messages.query({ chatId }));
    await Promise.all(pages);
    const turn = { chatId, messageId, model: null, provider: null };
    expect(events).toEqual([{ type: "turnRecovered", ...turn, status: "interrupted" }]);
  });

  it("never harms an answer when the listener fails", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const listeners = [
      () => {
        throw new Error("broken");
      },
      async () => {
        throw new Error("broken");
      },
    ];
    for (const listener of listeners) {
      log.mockClear();
      const { client, send, errors } = await start("Fine.", { onEvent: listener });
      const { assistantMessage } = await send();
      const events = await readStream(client, { messageId: assistantMessage.id });
      expect(events.at(-1)?.event).toMatchObject({
        type: "done",
        message: { status: "complete", content: "Fine." },
      });
      expect(errors).toEqual([]);
      expect(log.mock.calls[0]).toEqual([
        "node-llm-trpc: onEvent failed on the event turnStarted.",
        expect.objectContaining({ message: "broken" }),
      ]);
    }
    log.mockRestore();
  });
});
