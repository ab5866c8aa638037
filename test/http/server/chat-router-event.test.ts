import { createLLM } from "@node-llm/core";
import { expect, it, vi } from "vitest";

import type { ChatRouterEvent, ChatRouterOptions } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { Scripts } from "node-llm-trpc/testing";
import { readStream } from "../../support/clients/read-stream.ts";
import { startChatServer } from "../../support/servers/start-chat-server.ts";
import { describeDatabases } from "../../support/databases/describe-databases.ts";
import { openTurn } from "../../support/databases/open-turn.ts";
import { tool } from "../../support/providers/tool.ts";

type Options = Partial<Omit<ChatRouterOptions<{ userId: string }>, "llm" | "prisma">>;

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

  it("reports an answer with a tool from start to end, without its chunks", async () => {
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
    await expect.poll(() => types().at(-1)).toBe("turnFinished");
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
      cachedTokens: null,
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

  it("reports a failure with the provider's own error, in addition to onError", async () => {
    const { events, errors, send, types } = await start(["Half", { error: new Error(secret) }]);
    await send();
    await expect.poll(() => types().at(-1)).toBe("turnFailed");
    expect(types()).toEqual(["turnStarted", "firstToken", "requestEnded", "turnFailed"]);
    expect(events.at(-1)).toMatchObject({
      errorCode: "INTERNAL",
      error: expect.objectContaining({ message: secret }),
    });
    expect(errors).toEqual([expect.objectContaining({ message: secret })]);
  });

  it("reports a stop, and a failure before any text", async () => {
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
    await expect.poll(() => types().at(-1)).toBe("turnFailed");
    expect(types()).toEqual(["turnStarted", "requestEnded", "turnFailed"]);
    expect(events[1]).toMatchObject({ firstTokenMs: null });
  });

  it("reports that an answer waits for an approval and that it continues", async () => {
    const { client, events, send, types } = await start(
      [
        ["I will look. ", { toolCall: { id: "t1", name: "look" } }],
        ["A thing.", { usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } }],
      ],
      { needsApproval: ["look"] },
    );
    const { assistantMessage } = await send();
    const { id: messageId } = assistantMessage;
    await expect.poll(() => types().at(-1)).toBe("approvalRequested");
    expect(types()).toEqual(["turnStarted", "firstToken", "requestEnded", "approvalRequested"]);
    expect(events.at(-1)).toMatchObject({ messageId, toolCallIds: ["t1"] });
    events.length = 0;
    await client.chat.respondToTool.mutate({ messageId, toolCallId: "t1", approved: true });
    await expect.poll(() => types().at(-1)).toBe("turnFinished");
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

  it("reports an answer that is stopped while it waits as finished", async () => {
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
    await expect.poll(() => types().at(-1)).toBe("approvalRequested");
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
        cachedTokens: null,
        cost: 0.5,
      },
    ]);
  });

  it("counts the open subscriptions of each kind", async () => {
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
    await expect.poll(() => subscriptions().length).toBe(2);
    provider.release();
    await reading;
    watching.unsubscribe();
    await expect.poll(() => subscriptions().length).toBe(4);
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

  it("reports once that an answer of a dead process was ended", async () => {
    const { client, events, prisma, chatId } = await start("Fine.");
    const messageId = await openTurn(prisma, chatId, { secondsAgo: 60, text: ["Half"] });
    const pages = [1, 2, 3].map(() => client.chat.messages.query({ chatId }));
    await Promise.all(pages);
    const turn = { chatId, messageId, model: null, provider: null };
    expect(events).toEqual([{ type: "turnRecovered", ...turn, status: "interrupted" }]);
  });

  it("does not disturb an answer when onEvent throws or rejects", async () => {
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
        "node-llm-trpc: `onEvent` failed, called for the event turnStarted.",
        expect.objectContaining({ message: "broken" }),
      ]);
    }
    log.mockRestore();
  });
});
