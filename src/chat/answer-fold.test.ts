import { describe, expect, it } from "vitest";

import { applyEvents } from "../../test/support/clients/apply-events.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import { SeededRandom } from "../../test/support/seeded-random.ts";
import type { MessageRow, ToolCallRow } from "../orm/database/rows.ts";
import { emptyMessage } from "../orm/database/rows.ts";
import { toChatMessage, toChatToolCall } from "../orm/messages/to-chat-message.ts";
import type { LogEntry } from "../orm/turn/log-entry.ts";
import { savedAnswer } from "../orm/turn/recover.ts";
import type { TurnToolCall } from "../orm/tools/turn-tool-call.ts";
import { TurnState } from "../orm/turn/turn-state.ts";
import { TextLog } from "../shared/text-log.ts";
import { AnswerFold, foldEvent } from "./answer-fold.ts";
import { Answer } from "./answer.ts";
import type { ChatMessage } from "./chat-message.ts";
import { startCursor } from "./stream-cursor.ts";

const emptyRow: MessageRow = {
  ...emptyMessage("m", "chat", "assistant", new Date(0)),
  status: "pending",
};

/** An answer in all the places that hold it: its turn, the copy of its readers, a client's page and the database. */
class World {
  row = emptyRow;
  calls: ToolCallRow[] = [];
  log: LogEntry[] = [];
  state = new TurnState(emptyRow, []);
  readonly answer = new Answer(toChatMessage(emptyRow));
  page: ChatMessage = toChatMessage(emptyRow);
  #cursor = startCursor;

  text(kind: "text" | "thinking", text: string, signature?: string): void {
    if (kind === "text") this.state.appendText(text);
    else this.state.appendThinking({ text, signature });
    this.answer.append(kind, text);
    this.log.push({ kind, text });
  }

  addCall(id: string, status: "running" | "awaiting_approval"): void {
    this.#show(this.state.addToolCall(id, "look", "{}", status));
    this.log.push({ kind: "tool", toolCallId: id });
  }

  endCall(id: string): void {
    const ended = this.state.endToolCall(id, `result of ${id}`, "complete");
    if (ended !== null) this.#show(ended);
  }

  /** The answer waits for approval and continues in another process. */
  suspend(): void {
    this.row = {
      ...this.row,
      ...this.state.columns(),
      content: this.state.content || null,
      thinkingText: this.state.thinking || null,
    };
    this.log = [];
    this.calls = this.calls.map((call) =>
      call.status === "awaiting_approval" ? { ...call, status: "running" } : call,
    );
    this.state = new TurnState(this.row, this.calls);
    for (const call of this.calls) this.answer.setToolCall(toChatToolCall(call));
  }

  read(): void {
    const delta = this.answer.since(this.#cursor);
    if (delta === null) throw new Error("The page is ahead of the answer.");
    this.page = applyEvents(this.page, delta.events);
    this.#cursor = delta.cursor;
  }

  get open(): readonly TurnToolCall[] {
    return [...this.state.toolCalls.values()].filter((call) => call.result === null);
  }

  #show(call: TurnToolCall): void {
    const row: ToolCallRow = {
      ...call,
      id: call.toolCallId,
      messageId: "m",
      createdAt: new Date(0),
    };
    this.calls = [...this.calls.filter((one) => one.toolCallId !== call.toolCallId), row].toSorted(
      (a, b) => (a.position ?? 0) - (b.position ?? 0),
    );
    this.answer.setToolCall(toChatToolCall(call));
  }
}

/** What has to be the same in all places. */
const essence = ({ content, thinking, parts, toolCalls }: ChatMessage) => ({
  content,
  thinking,
  parts,
  toolCalls,
});

function play(seed: number): World {
  const random = new SeededRandom(String(seed));
  const world = new World();
  world.state.beginStep();
  for (let step = 0; step < 40; step++) {
    const { open } = world;
    const kind = random.between(0, 7);
    if (open.length > 0 && kind < 4) {
      const held = open.filter((call) => call.status === "awaiting_approval");
      if (held.length === open.length) world.suspend();
      for (const call of world.open) if (call.status === "running") world.endCall(call.toolCallId);
      if (world.open.length === 0) world.state.beginStep();
    } else if (open.length > 0 || kind === 7)
      world.addCall(`call${step}`, random.chance(1 / 2) ? "running" : "awaiting_approval");
    else if (kind < 4) world.text("text", `t${step} `);
    else world.text("thinking", `h${step} `, random.chance(1 / 3) ? `signature${step}` : undefined);
    if (random.chance(1 / 3)) world.read();
  }
  world.read();
  return world;
}

describe("AnswerFold", () => {
  it.each(Array.from({ length: 500 }, (_, index) => index + 1))(
    "is the same in the turn, in the copy of its readers, on the page and after a recovery (seed %i)",
    (seed) => {
      const { row, calls, log, state, answer, page } = play(seed);
      const finished = {
        ...row,
        ...state.columns(),
        content: state.content || null,
        thinkingText: state.thinking || null,
      };
      const expected = essence(toChatMessage(finished, { toolCalls: calls }));
      const recovered = { ...row, ...savedAnswer(row, log, calls) };
      expect(essence(answer.snapshot())).toEqual(expected);
      expect(essence(page)).toEqual(expected);
      expect(essence(toChatMessage(recovered, { toolCalls: calls }))).toEqual(expected);
      expect(essence(new Answer(answer.snapshot()).snapshot())).toEqual(expected);
    },
  );

  const start = fakeMessage({ id: "m", status: "pending" });

  it("applies an event once, and no text after a gap", () => {
    const fold = new AnswerFold(() => new TextLog(), start);
    expect(foldEvent(fold, { type: "text", at: 0, text: "abc" })).toBe(true);
    expect(foldEvent(fold, { type: "text", at: 0, text: "abc" })).toBe(false);
    expect(foldEvent(fold, { type: "text", at: 2, text: "cd" })).toBe(true);
    expect(foldEvent(fold, { type: "text", at: 5, text: "after a gap" })).toBe(false);
    expect(fold.view()).toEqual([{ type: "text", text: "abcd" }]);
  });

  it("puts text that is in no part at the end", () => {
    const fold = new AnswerFold(() => new TextLog(), { ...start, content: "Hi", thinking: "Hm" });
    expect(fold.view()).toEqual([
      { type: "thinking", text: "Hm" },
      { type: "text", text: "Hi" },
    ]);
  });

  it("never takes a tool call back to an earlier status", () => {
    const fold = new AnswerFold(() => new TextLog(), start);
    const call = {
      toolCallId: "c",
      name: "look",
      arguments: {},
      output: null,
      progress: null,
      result: null,
    } as const;
    expect(fold.setToolCall({ ...call, status: "awaiting_approval" })).toBe(true);
    expect(fold.setToolCall({ ...call, status: "running" })).toBe(true);
    expect(fold.setToolCall({ ...call, status: "awaiting_approval" })).toBe(false);
    expect(fold.setToolCall({ ...call, status: "complete", result: "1" })).toBe(true);
    expect(fold.setToolCall({ ...call, status: "error", result: "2" })).toBe(false);
    expect(fold.toolCalls.get("c")?.result).toBe("1");
  });
});
