import type { ReadonlyLazyMap } from "../../shared/collections/lazy-map.ts";
import { LazyMap } from "../../shared/collections/lazy-map.ts";
import { addUsage } from "../../chat/add-usage.ts";
import { dataKey } from "../../chat/answer.ts";
import type { FoldedText, LiveDataPart } from "../../chat/answer-fold.ts";
import { joinText } from "../../chat/answer-fold.ts";
import type {
  DataPart,
  FinishReason,
  MessageUsage,
  WaitingStatus,
} from "../../chat/chat-message.ts";
import { isWaiting } from "../../chat/chat-message.ts";
import { TextLog } from "../../shared/text-log.ts";
import type { MessageRow, ToolCallRow } from "../database/rows.ts";
import {
  encodeParts,
  foldRow,
  isMarkedCorrected,
  markCorrected,
} from "../messages/stored-parts.ts";
import type { SignedFold } from "../messages/signed-fold.ts";
import type { RequestOutcome } from "../usage/record-call.ts";
import { textTokens } from "../usage/text-tokens.ts";
import { usageOf } from "../messages/to-chat-message.ts";
import type { FirstCallStatus, TurnToolCall } from "../tools/turn-tool-call.ts";
import { toTurnToolCall } from "../tools/turn-tool-call.ts";

/** How much data of the app an answer may have. All of it is read with each page of messages. */
const maxDataParts = 100;
const maxDataLength = 500_000;

type AskedModel = Pick<MessageRow, "modelId" | "provider">;

/** What a turn has produced so far, step by step: a step is one provider call. */
export class TurnState {
  readonly #fold: SignedFold<TurnToolCall>;
  #usage: MessageUsage;
  /** Why the model ended the latest step. Null while it has not, or when the provider did not say. */
  finishReason: FinishReason | null = null;
  /** The model that the answer was begun with, the one that was called last, and the last one that answered. */
  readonly #asked: AskedModel;
  #called: AskedModel;
  #answered: AskedModel;
  /** The number of the latest step, from 1. */
  #step = 0;
  /** The index of its first part. */
  #stepStart: number;
  #stepHasTools: boolean;
  /** The arguments of tool calls that are not whole yet. */
  #written = "";
  /** The length of each part with data, as JSON. */
  readonly #dataLengths = new LazyMap<string, number>();
  #dataLength = 0;
  #dataRevision = 0;
  #thinkingTokens: number;
  #thinkingSignature: string | null;
  /** Whether the model was told what is wrong with the answer, also before the answer waited. */
  #isCorrected: boolean;
  /** The index of the first part of a correction; null outside of one. */
  #correctionStart: number | null = null;
  /** What the answer says, as JSON; null until the schema has checked it. */
  object: string | null = null;
  /** True when text was replaced after it was produced, so that the text in the log is not that of the answer. */
  isRewritten = false;

  /**
   * @param row the answer so far: without text, or as it was when it began to wait.
   * @param toolCalls its tool calls so far.
   */
  constructor(row: MessageRow, toolCalls: readonly ToolCallRow[]) {
    const calls = toolCalls.map(toTurnToolCall);
    this.#fold = foldRow(row, calls);
    for (const call of calls) this.#fold.setToolCall(call);
    for (const part of this.#fold.parts) {
      if (part.type !== "data") continue;
      const { length } = JSON.stringify(part);
      this.#dataLengths.set(dataKey(part), length);
      this.#dataLength += length;
    }
    this.#usage = usageOf(row);
    this.#asked = { modelId: row.modelId, provider: row.provider };
    this.#called = this.#asked;
    this.#answered = this.#asked;
    for (const { step } of calls) this.#step = Math.max(this.#step, step);
    this.#stepStart = this.#fold.parts.length;
    this.#stepHasTools = calls.length > 0;
    this.#thinkingTokens = row.thinkingTokens ?? 0;
    this.#thinkingSignature = row.thinkingSignature;
    this.#isCorrected = isMarkedCorrected(row.parts);
  }

  get toolCalls(): ReadonlyLazyMap<string, TurnToolCall> {
    return this.#fold.toolCalls;
  }

  get content(): string {
    return joinText(this.#fold.parts, "text");
  }

  get thinking(): string {
    return joinText(this.#fold.parts, "thinking");
  }

  /** True when a tool call waits for an approval, or for its output from the page. */
  get isWaiting(): boolean {
    return [...this.toolCalls.values()].some((call) => isWaiting(call.status));
  }

  /** The status of an answer that waits. */
  get waitingStatus(): WaitingStatus {
    const needsApproval = [...this.toolCalls.values()].some(
      (call) => call.status === "awaiting_approval",
    );
    return needsApproval ? "awaiting_approval" : "awaiting_output";
  }

  get hasOutput(): boolean {
    const hasData = this.#fold.parts.some((part) => part.type === "data");
    return hasData || this.toolCalls.size > 0 || this.content.trim() !== "" || this.thinking !== "";
  }

  /** True when a tool call has its result, so that the answer is more than the text of its last step. */
  get hasToolResults(): boolean {
    return [...this.toolCalls.values()].some((call) => call.result !== null);
  }

  get hasTextOrResults(): boolean {
    return this.content.trim() !== "" || this.hasToolResults;
  }

  /** At most about how many tokens the model has written in the latest step. */
  get stepTokens(): number {
    let text = 0;
    let calls = 0;
    for (const part of this.#fold.parts.slice(this.#stepStart)) {
      if (part.type === "tool") {
        const { name = "", arguments: args = "" } = this.toolCalls.get(part.toolCallId) ?? {};
        calls += textTokens(name) + textTokens(args);
      } else if (part.type !== "data") text += textTokens(String(part.text));
    }
    return text + Math.max(calls, textTokens(this.#written));
  }

  /** True once the model was told what is wrong with the answer. */
  get isCorrected(): boolean {
    return this.#isCorrected;
  }

  /** True while the answer is being corrected. Its readers keep the text that they have. */
  get isCorrecting(): boolean {
    return this.#correctionStart !== null;
  }

  /** Begins a correction. The text before it stays until `keepLastText`. */
  beginCorrection(): void {
    this.#isCorrected = true;
    this.#correctionStart = this.#fold.parts.length;
    // The text of the correction is not in the log.
    this.isRewritten = true;
  }

  /** Removes the text of a correction that is not to replace the text before it. Readers never had it. */
  dropCorrection(): void {
    const start = this.#correctionStart;
    if (start === null) return;
    this.#correctionStart = null;
    this.#removeTexts(start, this.#fold.parts.length);
  }

  /**
   * Begins a step. When the step before it made no tool calls, it was a failed attempt, and its text is removed, unless
   * it is the answer that is being corrected.
   */
  beginStep(): void {
    const isAttempt = this.#stepStart >= (this.#correctionStart ?? 0);
    if (this.#step > 0 && !this.#stepHasTools && isAttempt) this.setStepText("");
    this.#step++;
    this.#stepStart = this.#fold.parts.length;
    this.#stepHasTools = false;
    this.#written = "";
    this.finishReason = null;
  }

  /**
   * Notes that the next calls are of another model. A provider must not get the signatures of another one, so they are
   * removed when it changes.
   *
   * @param model null for the one that the answer was begun with.
   * @returns the model's columns, and whether its provider is another one.
   */
  setModel(model: { readonly model: string; readonly provider: string } | null): {
    readonly columns: AskedModel;
    readonly isOtherProvider: boolean;
  } {
    const columns =
      model === null ? this.#asked : { modelId: model.model, provider: model.provider };
    const isOtherProvider = columns.provider !== this.#called.provider;
    this.#called = columns;
    if (isOtherProvider) this.#removeSignatures();
    return { columns, isOtherProvider };
  }

  #removeSignatures(): void {
    this.#thinkingSignature = null;
    for (const part of this.#fold.parts) if (part.type === "thinking") delete part.signature;
    for (const call of this.toolCalls.values())
      if (call.thoughtSignature !== null)
        this.#fold.toolCalls.set(call.toolCallId, { ...call, thoughtSignature: null });
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

  /** @param signature what the provider wants back with the call; by default, the signature of its thinking. */
  addToolCall(
    toolCallId: string,
    name: string,
    args: string,
    status: FirstCallStatus = "running",
    signature: string | null = null,
  ): TurnToolCall {
    const thought = this.#thinkingAtEnd();
    const call: TurnToolCall = {
      toolCallId,
      name,
      arguments: args,
      step: this.#step,
      position: this.toolCalls.size,
      thought: thought.map((part) => String(part.text)).join("") || null,
      thoughtSignature: signature ?? thought.at(-1)?.signature ?? null,
      result: null,
      status,
      output: null,
      progress: null,
      revision: 0,
    };
    this.#stepHasTools = true;
    this.#fold.setToolCall(call);
    return call;
  }

  /** @returns the call with its progress. Null for a call that has ended, and for an unknown one. */
  setProgress(toolCallId: string, progress: string): TurnToolCall | null {
    const call = this.toolCalls.get(toolCallId);
    if (call === undefined || call.result !== null) return null;
    const changed = { ...call, progress, revision: call.revision + 1 };
    this.#fold.toolCalls.set(toolCallId, changed);
    return changed;
  }

  /**
   * Adds data of the app, or replaces it.
   *
   * @throws Error when the answer has too much of it.
   */
  setData(part: DataPart): LiveDataPart {
    const key = dataKey(part);
    const length = JSON.stringify(part).length;
    const total = this.#dataLength - (this.#dataLengths.get(key) ?? 0) + length;
    const count = this.#dataLengths.size + (this.#dataLengths.has(key) ? 0 : 1);
    if (count > maxDataParts || total > maxDataLength) {
      throw new Error(
        `An answer may have ${maxDataParts} parts with data, and ${maxDataLength} characters of it as JSON. Write it again with the same id to replace it, or keep it in a table of your own.`,
      );
    }
    this.#dataLengths.set(key, length);
    this.#dataLength = total;
    const { type, name, id, data } = part;
    // Also rises when the answer continues, in whichever process.
    this.#dataRevision = Math.max(Date.now(), this.#dataRevision + 1);
    const written = { type, name, id, data, revision: this.#dataRevision };
    this.#fold.setData(written);
    return written;
  }

  /** Notes a piece of the arguments of a tool call that is not whole yet. */
  noteWritten(text: string): void {
    this.#written += text;
  }

  /** @returns the call with its result. Null for an unknown call. */
  endToolCall(
    toolCallId: string,
    result: string,
    status: "complete" | "error" | "denied",
    output: string | null = null,
  ): TurnToolCall | null {
    const call = this.toolCalls.get(toolCallId);
    if (call === undefined) return null;
    const ended = { ...call, result, status, output };
    this.#fold.toolCalls.set(toolCallId, ended);
    return ended;
  }

  /** Marks a call that the model proposed and that is not run, as in a `dry-run`. */
  holdToolCall(call: TurnToolCall): TurnToolCall {
    const held = { ...call, status: "awaiting_approval" as const };
    this.#fold.toolCalls.set(call.toolCallId, held);
    return held;
  }

  /** Replaces the text of the latest step, for apps whose hooks change it. */
  setStepText(text: string): void {
    const { parts, lengths } = this.#fold;
    const step = parts.slice(this.#stepStart);
    if (joinText(step, "text") === text) return;
    this.isRewritten = true;
    const first = step.findIndex((part) => part.type === "text");
    const kept = step.filter((part) => part.type !== "text");
    lengths.text -= joinText(step, "text").length;
    if (text !== "") {
      const part: FoldedText<TextLog> = { type: "text", start: lengths.text, text: new TextLog() };
      part.text.append(text);
      kept.splice(first === -1 ? kept.length : first, 0, part);
      lengths.text += text.length;
    }
    parts.splice(this.#stepStart, step.length, ...kept);
  }

  /** The text of the latest step. */
  get stepText(): string {
    return joinText(this.#fold.parts.slice(this.#stepStart), "text");
  }

  /** Removes the text before the latest step. Returns a function that puts it back. */
  keepLastText(): () => void {
    const putBack = this.#fold.saveParts();
    const stepStart = this.#stepStart;
    this.#removeTexts(0, stepStart);
    return () => {
      putBack();
      this.#stepStart = stepStart;
    };
  }

  /** Removes the text of the parts from one index to before another. */
  #removeTexts(from: number, to: number): void {
    const { parts, lengths } = this.#fold;
    const removed = parts.slice(from, to).filter((part) => part.type === "text");
    const dropped = joinText(removed, "text").length;
    if (dropped === 0) return;
    this.isRewritten = true;
    const kept = parts.flatMap((part, index): typeof parts => {
      if (part.type !== "text" || index < from) return [part];
      return index < to ? [] : [{ ...part, start: part.start - dropped }];
    });
    const before = parts.slice(from, Math.min(to, this.#stepStart));
    this.#stepStart -= before.filter((part) => part.type === "text").length;
    lengths.text -= dropped;
    parts.splice(0, parts.length, ...kept);
  }

  addRequest(outcome: RequestOutcome): void {
    this.#usage = addUsage(this.#usage, outcome);
    if (outcome.errorCode === null || !this.#isStepEmpty) this.#answered = this.#called;
  }

  /** The columns of the row, except for its text. */
  columns() {
    const parts = encodeParts(this.#fold.parts);
    return {
      // The model is told once, also when another process continues the answer.
      parts: this.#isCorrected && this.isWaiting ? markCorrected(parts) : parts,
      object: this.object,
      thinkingSignature: this.#thinkingSignature,
      thinkingTokens: this.#thinkingTokens === 0 ? null : this.#thinkingTokens,
      ...this.#usage,
      ...this.#answered,
    };
  }

  get #isStepEmpty(): boolean {
    return this.#fold.parts.length === this.#stepStart;
  }

  /** The thinking of the latest step after its last tool call, even when text follows it. */
  #thinkingAtEnd(): FoldedText[] {
    const step = this.#fold.parts.slice(this.#stepStart);
    const lastTool = step.findLastIndex((part) => part.type === "tool");
    return step.slice(lastTool + 1).flatMap((part) => (part.type === "thinking" ? [part] : []));
  }
}
