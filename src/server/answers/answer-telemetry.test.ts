import { expect, it } from "vitest";

import { Answer } from "../../chat/answer.ts";
import type { ChatToolCall } from "../../chat/tool-call.ts";
import { emptyMessage } from "../../orm/database/rows.ts";
import { toChatMessage } from "../../orm/messages/to-chat-message.ts";
import type { BegunTurn } from "../../orm/turn/begun-turn.ts";
import type { ChatRouterEvent } from "../chat-router-event.ts";
import { AnswerTelemetry } from "./answer-telemetry.ts";

const assistant = {
  ...emptyMessage("m", "chat", "assistant", new Date(0)),
  modelId: "model",
  provider: "provider",
  status: "pending",
  turnLock: "chat",
};
const chat = {
  id: "chat",
  model: null,
  provider: null,
  instructions: null,
  metadata: null,
  createdAt: new Date(0),
  updatedAt: new Date(0),
};
const call: ChatToolCall = {
  toolCallId: "c1",
  name: "look",
  arguments: {},
  output: null,
  progress: null,
  result: null,
  status: "running",
};

function start(continued?: BegunTurn["continued"]) {
  const answer = new Answer(toChatMessage(assistant));
  const events: ChatRouterEvent[] = [];
  const begun = { chat, user: null, assistant, ...(continued === undefined ? {} : { continued }) };
  const telemetry = new AnswerTelemetry(answer, begun, (event) => events.push(event));
  return { answer, events, telemetry, types: () => events.map(({ type }) => type) };
}

it("passes everything on to the answer, and emits each event once", () => {
  const { answer, telemetry, types, events } = start();
  telemetry.append("thinking", "Hm. ");
  telemetry.append("text", "Look: ");
  telemetry.setToolCall(call);
  telemetry.setToolCall(call);
  telemetry.setToolCall({ ...call, result: "seen", status: "complete" });
  telemetry.setToolCall({ ...call, result: "seen", status: "complete" });
  expect(answer.snapshot()).toMatchObject({
    content: "Look: ",
    thinking: "Hm. ",
    toolCalls: [{ status: "complete" }],
  });
  const message = { ...answer.snapshot(), status: "complete" as const };
  telemetry.finish(message);
  expect(answer.final).toBe(message);
  telemetry.end({ reason: "complete", row: assistant });
  expect(types()).toEqual([
    "turnStarted",
    "firstToken",
    "toolStarted",
    "toolEnded",
    "turnFinished",
  ]);
  expect(events.at(-1)).toMatchObject({
    chatId: "chat",
    messageId: "m",
    model: "model",
    provider: "provider",
    status: "complete",
  });
});

it("measures the first token of each provider call", () => {
  const { telemetry, events } = start();
  const outcome = {
    provider: "provider",
    model: "model",
    statusCode: 200,
    duration: 60_000,
    inputTokens: 1,
    outputTokens: 1,
    cachedTokens: null,
    cost: null,
    errorCode: null,
  };
  telemetry.append("text", "One");
  telemetry.onRequest(outcome);
  telemetry.onRequest(outcome);
  const [, , first, second] = events;
  expect(first).toMatchObject({ type: "requestEnded", durationMs: 60_000 });
  expect(first).toMatchObject({ firstTokenMs: expect.any(Number) });
  expect(second).toMatchObject({ firstTokenMs: null });
});

it("names the calls that wait, and those that run after the approval", () => {
  const { telemetry, events } = start();
  telemetry.setToolCall({ ...call, status: "awaiting_approval" });
  telemetry.end({ reason: "waiting", row: assistant });
  expect(events.at(-1)).toMatchObject({ type: "approvalRequested", toolCallIds: ["c1"] });
  const row = {
    ...call,
    output: null,
    progress: null,
    id: "1",
    messageId: "m",
    arguments: "{}",
    createdAt: new Date(0),
  };
  const continued = {
    toolCalls: [{ ...row, thought: null, thoughtSignature: null }],
    seq: 4,
  };
  expect(start(continued).types()).toEqual(["turnResumed", "toolStarted"]);
});

it("gives the code that clients see of a failure", () => {
  const { telemetry, events } = start();
  const error = Object.assign(new Error("secret"), { status: 429 });
  telemetry.end({ reason: "failed", row: null, error });
  expect(events.at(-1)).toMatchObject({ type: "turnFailed", errorCode: "RATE_LIMITED", error });
});
