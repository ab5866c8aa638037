import type { MessagePart, ToolCallStatus } from "../../chat/chat-message.ts";
import type { RequestOutcome } from "../messages/record-request.ts";
import { GrowingPart } from "./growing-part.ts";
import { decodeParts, encodeParts } from "../messages/message-parts.ts";
import { toToolStatus } from "../messages/to-chat-message.ts";
import type { MessageRow, ToolCallRow } from "../database/rows.ts";

type CollectedPart = MessagePart & { signature?: string | null };

/** A tool call of the turn and where its row stands. */
export interface TurnToolCall {
  readonly toolCallId: string;
  readonly name: string;
  readonly arguments: string;
  readonly step: number;
  readonly position: number;
  /** The thinking right before the call, and its signature. */
  readonly thought: string | null;
  readonly thoughtSignature: string | null;
  result: string | null;
  status: ToolCallStatus;
  hasRow: boolean;
  /** False while the row, if there is one, does not have the result. */
  isSaved: boolean;
}

/** What a turn has produced so far, in the order in which it came. */
export class TurnState {
  #parts: CollectedPart[] = [];
  #stepStart = 0;
  #step = 0;
  #stepHasTools = false;
  #thinkingTokens = 0;
  #thinkingSignature: string | null = null;
  readonly #billed: Pick<RequestOutcome, "inputTokens" | "outputTokens" | "cost">[] = [];
  readonly toolCalls = new Map<string, TurnToolCall>();
  /** True when text was replaced after it had been produced: what was saved on the way is then not the answer. */
  isRewritten = false;

  /** The state of an answer that ended to wait for an approval. */
  static restore(row: MessageRow, toolCalls: readonly ToolCallRow[]): TurnState {
    const state = new TurnState();
    const ids = toolCalls.map((call) => call.toolCallId);
    const parts = decodeParts(row.parts, row.content ?? "", row.thinkingText ?? "", ids);
    state.#parts = parts.map(({ part, signature }) =>
      signature === null ? part : { ...part, signature },
    );
    for (const call of toolCalls) {
      const { thought, thoughtSignature, arguments: args, name, toolCallId, result } = call;
      const { position = 0, step = 0 } = call;
      const status = toToolStatus(call.status, result);
      const known = { toolCallId, name, arguments: args, thought, thoughtSignature, result };
      state.toolCalls.set(toolCallId, {
        ...known,
        position,
        step,
        status,
        hasRow: true,
        isSaved: true,
      });
      state.#step = Math.max(state.#step, step);
    }
    state.#stepHasTools = true;
    state.#stepStart = state.#parts.length;
    state.#thinkingTokens = row.thinkingTokens ?? 0;
    state.#thinkingSignature = row.thinkingSignature;
    state.#billed.push({
      inputTokens: row.inputTokens ?? 0,
      outputTokens: row.outputTokens ?? 0,
      cost: row.cost ?? null,
    });
    return state;
  }

  /** A call of the provider begins. An earlier one without tool calls was an attempt that is not wanted. */
  beginStep(): void {
    if (this.#step > 0 && !this.#stepHasTools) this.#replaceStepText("");
    this.#step++;
    this.#stepStart = this.#parts.length;
    this.#stepHasTools = false;
  }

  appendText(text: string): void {
    this.#append("text", text);
  }

  appendThinking(thinking: {
    text?: string | undefined;
    signature?: string | undefined;
    tokens?: number | undefined;
  }): void {
    if (thinking.text) this.#append("thinking", thinking.text);
    if (thinking.tokens !== undefined) this.#thinkingTokens += thinking.tokens;
    if (thinking.signature) {
      this.#thinkingSignature = thinking.signature;
      const last = this.#parts.findLast((part) => part.type === "thinking");
      if (last !== undefined) last.signature = thinking.signature;
    }
  }

  addToolCall(
    id: string,
    name: string,
    args: string,
    status: "running" | "awaiting_approval" = "running",
  ): TurnToolCall {
    const thought = this.#thinkingAtEnd();
    const call: TurnToolCall = {
      toolCallId: id,
      name,
      arguments: args,
      step: this.#step,
      position: this.toolCalls.size,
      thought: thought.map((part) => part.text).join("") || null,
      thoughtSignature: thought.at(-1)?.signature ?? null,
      result: null,
      status,
      hasRow: false,
      isSaved: false,
    };
    this.#stepHasTools = true;
    this.toolCalls.set(id, call);
    this.#parts.push({ type: "tool", toolCallId: id });
    return call;
  }

  /** The text of the last provider call, as the hooks of the app left it. */
  setStepText(text: string): void {
    if (text !== this.#stepText()) this.#replaceStepText(text);
  }

  addRequest(outcome: RequestOutcome): void {
    this.#billed.push(outcome);
  }

  get content(): string {
    return this.#joined("text");
  }

  get thinking(): string {
    return this.#joined("thinking");
  }

  /** True when a tool call needs an approval that it has not got. */
  get isWaiting(): boolean {
    return [...this.toolCalls.values()].some((call) => call.status === "awaiting_approval");
  }

  get hasOutput(): boolean {
    return this.toolCalls.size > 0 || this.content.trim() !== "" || this.thinking !== "";
  }

  get hasTextOrResults(): boolean {
    return (
      this.content.trim() !== "" ||
      [...this.toolCalls.values()].some((call) => call.result !== null)
    );
  }

  /** The columns that do not hold text. */
  columns() {
    const billed = this.#billed.filter((request) => request.inputTokens + request.outputTokens > 0);
    const sum = (values: readonly number[]): number =>
      values.reduce((total, value) => total + value, 0);
    const costs = billed.map((request) => request.cost);
    const known = costs.filter((cost) => cost !== null);
    return {
      parts: encodeParts(this.#parts),
      thinkingSignature: this.#thinkingSignature,
      thinkingTokens: this.#thinkingTokens === 0 ? null : this.#thinkingTokens,
      inputTokens: billed.length === 0 ? null : sum(billed.map((request) => request.inputTokens)),
      outputTokens: billed.length === 0 ? null : sum(billed.map((request) => request.outputTokens)),
      cost: known.length === 0 || known.length < costs.length ? null : sum(known),
    };
  }

  #append(type: "text" | "thinking", text: string): void {
    const last = this.#parts.at(-1);
    const isOpen = this.#parts.length > this.#stepStart && last?.signature == null;
    if (isOpen && last instanceof GrowingPart && last.type === type) last.append(text);
    else this.#parts.push(new GrowingPart(type, text));
  }

  /** The thinking of this step that no other tool call followed; text may stand between. */
  #thinkingAtEnd() {
    const step = this.#parts.slice(this.#stepStart);
    const lastTool = step.findLastIndex((part) => part.type === "tool");
    return step.slice(lastTool + 1).flatMap((part) => (part.type === "thinking" ? [part] : []));
  }

  #stepText(): string {
    return this.#parts
      .slice(this.#stepStart)
      .map((part) => (part.type === "text" ? part.text : ""))
      .join("");
  }

  #replaceStepText(text: string): void {
    if (this.#stepText() === text) return;
    this.isRewritten = true;
    const step = this.#parts.slice(this.#stepStart);
    const first = step.findIndex((part) => part.type === "text");
    const kept: CollectedPart[] = step.filter((part) => part.type !== "text");
    if (text !== "") kept.splice(first === -1 ? kept.length : first, 0, { type: "text", text });
    this.#parts = [...this.#parts.slice(0, this.#stepStart), ...kept];
  }

  #joined(type: "text" | "thinking"): string {
    return this.#parts.map((part) => (part.type === type ? part.text : "")).join("");
  }
}
