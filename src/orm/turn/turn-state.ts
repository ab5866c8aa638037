import { addUsage } from "../../chat/add-usage.ts";
import type { AnswerFold, FoldedText } from "../../chat/answer-fold.ts";
import { joinText } from "../../chat/answer-fold.ts";
import type { MessageUsage, ToolCallStatus } from "../../chat/chat-message.ts";
import { TextLog } from "../../shared/text-log.ts";
import type { MessageRow, ToolCallRow } from "../database/rows.ts";
import { encodeParts } from "../messages/message-parts.ts";
import type { RequestOutcome } from "../messages/record-request.ts";
import { toToolStatus } from "../messages/to-chat-message.ts";
import { foldRow } from "./saved-answer.ts";

/** A tool call of the turn. */
export interface TurnToolCall {
  readonly toolCallId: string;
  readonly name: string;
  /** As the model wrote them. */
  readonly arguments: string;
  /** The call of the provider that asked for it. */
  readonly step: number;
  readonly position: number;
  /** The thinking right before the call, and its signature. */
  readonly thought: string | null;
  readonly thoughtSignature: string | null;
  readonly result: string | null;
  readonly status: ToolCallStatus;
}

/** What a turn has produced so far, and what the provider's steps mean for it. */
export class TurnState {
  readonly #fold: AnswerFold<TurnToolCall>;
  #usage: MessageUsage;
  /** The current call of the provider, from 1, and where its parts begin. */
  #step = 0;
  #stepStart: number;
  #stepHasTools: boolean;
  #thinkingTokens: number;
  #thinkingSignature: string | null;
  /** True when text was replaced after it had been produced: what was saved on the way is then not the answer. */
  isRewritten = false;

  /**
   * @param row the answer so far: an empty placeholder, or one that waited for an approval.
   * @param toolCalls its calls so far.
   */
  constructor(row: MessageRow, toolCalls: readonly ToolCallRow[]) {
    const calls = toolCalls.map(toTurnToolCall);
    this.#fold = foldRow(row, calls);
    for (const call of calls) this.#fold.setToolCall(call);
    this.#usage = {
      inputTokens: row.inputTokens,
      outputTokens: row.outputTokens,
      cost: row.cost ?? null,
    };
    for (const { step } of calls) this.#step = Math.max(this.#step, step);
    this.#stepStart = this.#fold.parts.length;
    this.#stepHasTools = calls.length > 0;
    this.#thinkingTokens = row.thinkingTokens ?? 0;
    this.#thinkingSignature = row.thinkingSignature;
  }

  get toolCalls(): ReadonlyMap<string, TurnToolCall> {
    return this.#fold.toolCalls;
  }

  get content(): string {
    return joinText(this.#fold.parts, "text");
  }

  get thinking(): string {
    return joinText(this.#fold.parts, "thinking");
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

  /** A call of the provider begins. An earlier one without tool calls was an attempt that is thrown away. */
  beginStep(): void {
    if (this.#step > 0 && !this.#stepHasTools) this.setStepText("");
    this.#step++;
    this.#stepStart = this.#fold.parts.length;
    this.#stepHasTools = false;
  }

  appendText(text: string): void {
    this.#fold.append("text", text, this.#isStepEmpty);
  }

  appendThinking(thinking: {
    readonly text?: string | undefined;
    readonly signature?: string | undefined;
    readonly tokens?: number | undefined;
  }): void {
    this.#fold.append("thinking", thinking.text ?? "", this.#isStepEmpty);
    if (thinking.tokens !== undefined) this.#thinkingTokens += thinking.tokens;
    if (thinking.signature) {
      this.#thinkingSignature = thinking.signature;
      this.#fold.sign(thinking.signature);
    }
  }

  addToolCall(
    toolCallId: string,
    name: string,
    args: string,
    status: "running" | "awaiting_approval" = "running",
  ): TurnToolCall {
    const thought = this.#thinkingAtEnd();
    const call: TurnToolCall = {
      toolCallId,
      name,
      arguments: args,
      step: this.#step,
      position: this.toolCalls.size,
      thought: thought.map((part) => String(part.text)).join("") || null,
      thoughtSignature: thought.at(-1)?.signature ?? null,
      result: null,
      status,
    };
    this.#stepHasTools = true;
    this.#fold.setToolCall(call);
    return call;
  }

  /** @returns the call as it has ended; null for one that is not known. */
  endToolCall(
    toolCallId: string,
    result: string,
    status: "complete" | "error" | "denied",
  ): TurnToolCall | null {
    const call = this.toolCalls.get(toolCallId);
    if (call === undefined) return null;
    const ended = { ...call, result, status };
    this.#fold.toolCalls.set(toolCallId, ended);
    return ended;
  }

  /** A call that was proposed and is not run, as in a `dry-run`. */
  holdToolCall(call: TurnToolCall): TurnToolCall {
    const held = { ...call, status: "awaiting_approval" as const };
    this.#fold.toolCalls.set(call.toolCallId, held);
    return held;
  }

  /** Replaces the text of the last provider call, when the app's hooks have changed it. */
  setStepText(text: string): void {
    const { parts, lengths } = this.#fold;
    const step = parts.slice(this.#stepStart);
    if (joinText(step, "text") === text) return;
    this.isRewritten = true;
    const first = step.findIndex((part) => part.type === "text");
    const kept = step.filter((part) => part.type !== "text");
    lengths.text -= joinText(step, "text").length;
    if (text !== "") {
      const part: FoldedText = { type: "text", start: lengths.text, text: new TextLog() };
      part.text.append(text);
      kept.splice(first === -1 ? kept.length : first, 0, part);
      lengths.text += text.length;
    }
    parts.splice(this.#stepStart, step.length, ...kept);
  }

  addRequest(outcome: RequestOutcome): void {
    this.#usage = addUsage(this.#usage, outcome);
  }

  /** The columns that hold no text. */
  columns() {
    return {
      parts: encodeParts(this.#fold.parts),
      thinkingSignature: this.#thinkingSignature,
      thinkingTokens: this.#thinkingTokens === 0 ? null : this.#thinkingTokens,
      ...this.#usage,
    };
  }

  get #isStepEmpty(): boolean {
    return this.#fold.parts.length === this.#stepStart;
  }

  /** The thinking of this step that no other tool call followed; text may stand between. */
  #thinkingAtEnd(): FoldedText[] {
    const step = this.#fold.parts.slice(this.#stepStart);
    const lastTool = step.findLastIndex((part) => part.type === "tool");
    return step.slice(lastTool + 1).flatMap((part) => (part.type === "thinking" ? [part] : []));
  }
}

function toTurnToolCall(row: ToolCallRow): TurnToolCall {
  const { toolCallId, name, arguments: args, thought, thoughtSignature, result } = row;
  const { step = 0, position = 0 } = row;
  const status = toToolStatus(row.status, result);
  return {
    toolCallId,
    name,
    arguments: args,
    step,
    position,
    thought,
    thoughtSignature,
    result,
    status,
  };
}
