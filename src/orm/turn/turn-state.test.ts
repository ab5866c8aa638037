import { describe, expect, it } from "vitest";

import type { MessageRow, ToolCallRow } from "../database/rows.ts";
import { emptyMessage } from "../database/rows.ts";
import { TurnState } from "./turn-state.ts";

const row: MessageRow = {
  ...emptyMessage("m", "chat", "assistant", new Date(0)),
  status: "pending",
};

const outcome = {
  provider: "p",
  model: "m",
  statusCode: 200,
  duration: 1,
  cachedTokens: null,
  errorCode: null,
};

function begin(): TurnState {
  const state = new TurnState(row, []);
  state.beginStep();
  return state;
}

describe("a step", () => {
  it("is removed when it was a failed attempt, and stays when it made a tool call", () => {
    const state = begin();
    state.appendText("A first try");
    state.beginStep();
    expect(state.content).toBe("");
    state.appendText("Let me look. ");
    state.addToolCall("c1", "look", "{}");
    state.beginStep();
    state.appendText("I saw.");
    expect(state.content).toBe("Let me look. I saw.");
    expect(state.isRewritten).toBe(true);
  });

  it("gives the thinking right before a call to that call alone", () => {
    const state = begin();
    state.appendThinking({ text: "Hm. ", signature: "s1" });
    state.appendThinking({ text: "Look.", signature: "s2" });
    const first = state.addToolCall("c1", "look", "{}");
    const second = state.addToolCall("c2", "look", "{}");
    expect(first).toMatchObject({ step: 1, position: 0, thought: "Hm. Look." });
    expect(first.thoughtSignature).toBe("s2");
    expect(second).toMatchObject({ position: 1, thought: null, thoughtSignature: null });
    state.beginStep();
    state.appendThinking({ text: "Once more." });
    state.appendText("Wait. ");
    expect(state.addToolCall("c3", "look", "{}")).toMatchObject({ step: 2, thought: "Once more." });
  });

  it("takes another text in the place of its own", () => {
    const state = begin();
    state.appendText("secret");
    state.addToolCall("c1", "look", "{}");
    state.setStepText("secret");
    expect(state.isRewritten).toBe(false);
    state.setStepText("***");
    expect(state.isRewritten).toBe(true);
    expect(state.content).toBe("***");
    expect(state.columns().parts).toBe('[["text",3],["tool","c1"]]');
  });
});

it("says what it has: a waiting call, any output, or text and results", () => {
  const state = begin();
  expect(state.hasOutput).toBe(false);
  state.addToolCall("c1", "remove", "{}", "awaiting_approval");
  expect(state).toMatchObject({ isWaiting: true, hasOutput: true, hasTextOrResults: false });
  expect(state.hasToolResults).toBe(false);
  state.endToolCall("c1", "gone", "complete");
  expect(state).toMatchObject({ isWaiting: false, hasTextOrResults: true, hasToolResults: true });
  expect(state.endToolCall("c9", "", "complete")).toBeNull();
});

it("adds up the usage and the tokens of thinking", () => {
  const state = begin();
  state.appendThinking({ text: "Hm.", signature: "s", tokens: 3 });
  state.appendThinking({ tokens: 4 });
  state.addRequest({ ...outcome, inputTokens: 10, outputTokens: 2, cachedTokens: 4, cost: 0.5 });
  state.addRequest({ ...outcome, inputTokens: 1, outputTokens: 1, cost: 0.25 });
  expect(state.columns()).toEqual({
    object: null,
    parts: '[["thinking",3,"s"]]',
    thinkingSignature: "s",
    thinkingTokens: 7,
    inputTokens: 11,
    outputTokens: 3,
    cachedTokens: 4,
    cost: 0.75,
    modelId: null,
    provider: null,
  });
});

describe("the model of the answer", () => {
  const nothing = { inputTokens: 0, outputTokens: 0, cost: null };
  const success = { ...outcome, ...nothing };
  const failure = { ...success, statusCode: 429, errorCode: "RATE_LIMITED" as const };
  const asked = { modelId: "asked", provider: "p" };
  const start = (): TurnState => {
    const state = new TurnState({ ...row, ...asked }, []);
    state.beginStep();
    return state;
  };

  it("is the last one that answered, and not one that was only called", () => {
    const state = start();
    state.setModel({ model: "second", provider: "p" });
    state.addRequest(failure);
    expect(state.columns()).toMatchObject(asked);
    state.setModel({ model: "third", provider: "p" });
    state.addRequest(success);
    expect(state.columns()).toMatchObject({ modelId: "third", provider: "p" });
    state.beginStep();
    expect(state.setModel(null)).toEqual({ columns: asked, isOtherProvider: false });
    state.addRequest(failure);
    expect(state.columns()).toMatchObject({ modelId: "third" });
  });

  it("is one that was stopped in the middle", () => {
    const state = start();
    state.setModel({ model: "second", provider: "q" });
    state.appendText("Half");
    state.addRequest({ ...failure, statusCode: 499, errorCode: "ABORTED" });
    expect(state.columns()).toMatchObject({ modelId: "second", provider: "q" });
  });

  it("takes the signatures of another provider along to none", () => {
    const state = start();
    state.appendThinking({ text: "Hm.", signature: "s1" });
    state.addToolCall("c1", "look", "{}");
    state.beginStep();
    expect(state.setModel({ model: "second", provider: "p" }).isOtherProvider).toBe(false);
    expect(state.columns()).toMatchObject({ thinkingSignature: "s1" });
    expect(state.toolCalls.get("c1")?.thoughtSignature).toBe("s1");
    expect(state.setModel({ model: "third", provider: "q" }).isOtherProvider).toBe(true);
    expect(state.columns()).toMatchObject({
      thinkingSignature: null,
      parts: '[["thinking",3],["tool","c1"]]',
    });
    expect(state.toolCalls.get("c1")?.thoughtSignature).toBeNull();
  });
});

it("has the reason of the latest step alone", () => {
  const state = begin();
  state.finishReason = "tool_calls";
  expect(state.finishReason).toBe("tool_calls");
  state.beginStep();
  expect(state.finishReason).toBeNull();
});

it("continues an answer after an approval with the next step and position", () => {
  const call: ToolCallRow = {
    id: "1",
    messageId: "m",
    toolCallId: "c1",
    name: "remove",
    arguments: "{}",
    thought: null,
    thoughtSignature: null,
    result: "removed",
    createdAt: new Date(0),
    position: 0,
    step: 1,
    status: "complete",
  };
  const suspended = { ...row, content: "May I? ", parts: '[["text",7],["tool","c1"]]' };
  const state = new TurnState({ ...suspended, inputTokens: 5, outputTokens: 1, cost: 1 }, [call]);
  state.beginStep();
  state.appendText("Done.");
  expect(state.content).toBe("May I? Done.");
  expect(state.addToolCall("c2", "look", "{}")).toMatchObject({ step: 2, position: 1 });
  expect(state.columns()).toMatchObject({
    parts: '[["text",7],["tool","c1"],["text",5],["tool","c2"]]',
    inputTokens: 5,
    cost: 1,
  });
});

describe("an answer that is going to end", () => {
  const begun: Readonly<Record<string, (state: TurnState) => void>> = {
    "a correction": (state) => {
      state.appendText("I would rather talk.");
      state.beginCorrection();
      state.beginStep();
      state.appendText('{"city":"Oslo"}');
    },
    "a correction that was thought about": (state) => {
      state.appendThinking({ text: "Hm.", signature: "s1" });
      state.appendText("I would rather talk.");
      state.beginCorrection();
      state.beginStep();
      state.appendThinking({ text: "Well.", signature: "s2" });
      state.appendText('{"city":"Oslo"}');
    },
    "the text after a tool": (state) => {
      state.appendText("Let me look. ");
      state.addToolCall("c1", "look", "{}");
      state.beginStep();
      state.appendText('{"city":"Oslo"}');
    },
  };
  it.each(Object.entries(begun))("has what readers have when it does not: %s", (_name, write) => {
    const state = begin();
    write(state);
    const shown = begin();
    write(shown);
    shown.dropCorrection();
    const putBack = state.keepLastText();
    expect(state.content).toBe('{"city":"Oslo"}');
    putBack();
    state.dropCorrection();
    expect([state.content, state.columns()]).toEqual([shown.content, shown.columns()]);
    for (const each of [state, shown]) {
      each.beginStep();
      each.appendText("More.");
    }
    expect([state.content, state.columns()]).toEqual([shown.content, shown.columns()]);
  });
});
