import { ChatError } from "../../chat/chat-error.ts";
import type { ChatMessage, DataPart, WaitingStatus } from "../../chat/chat-message.ts";
import { isWaiting } from "../../chat/chat-message.ts";
import type { ChatToolCall } from "../../chat/tool-call.ts";
import type { AnswerErrorCode, ChatErrorCode } from "../../chat/error-codes.ts";
import type { Answer } from "../../chat/answer.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import type { BegunTurn } from "../../orm/turn/begun-turn.ts";
import { describeProviderError } from "../../orm/failures/describe-provider-error.ts";
import type { RequestOutcome } from "../../orm/usage/record-call.ts";
import { sayInterrupted } from "../../orm/turn/recover.ts";
import type { TurnEnd } from "../../orm/turn/turn-control.ts";
import type { TurnSink } from "../../orm/turn/turn-settings.ts";
import { toChatMessage } from "../../orm/messages/to-chat-message.ts";
import type { ChatRouterEvent, EmitEvent } from "../chat-router-event.ts";

/** Emits the router events of an answer while it is produced, and passes everything on to the answer. */
export class AnswerTelemetry implements TurnSink {
  readonly #answer: Answer;
  readonly #emit: EmitEvent;
  readonly #turn: ReturnType<typeof turnOf>;
  readonly #startedAt = performance.now();
  readonly #toolsStartedAt = new Map<string, number>();
  readonly #toolsEnded = new Set<string>();
  /** When the first text of the latest provider call arrived. */
  #firstAt: number | null = null;
  #hasText = false;

  constructor(answer: Answer, { assistant, continued }: BegunTurn, emit: EmitEvent) {
    this.#answer = answer;
    this.#emit = emit;
    this.#turn = turnOf(assistant);
    emit({ type: continued === undefined ? "turnStarted" : "turnResumed", ...this.#turn });
    for (const { toolCallId, name, result } of continued?.toolCalls ?? []) {
      if (result === null) this.#startTool(toolCallId, name);
      else this.#toolsEnded.add(toolCallId);
    }
  }

  append(type: "text" | "thinking", text: string, waitedMs = 0): void {
    this.#answer.append(type, text, waitedMs);
    if (this.#firstAt !== null || text === "") return;
    this.#firstAt = performance.now();
    if (this.#hasText) return;
    this.#hasText = true;
    this.#emit({ type: "firstToken", ...this.#turn, durationMs: this.#durationMs() });
  }

  setData(part: DataPart): void {
    this.#answer.setData(part);
  }

  writeToolCall(toolCallId: string, name: string, text: string): void {
    this.#answer.writeToolCall(toolCallId, name, text);
  }

  setToolCall(call: ChatToolCall): void {
    this.#answer.setToolCall(call);
    const { toolCallId, name: toolName, status } = call;
    const tool = { ...this.#turn, toolCallId, toolName };
    const startedAt = this.#toolsStartedAt.get(toolCallId);
    if (status === "running") {
      if (startedAt !== undefined) return;
      this.#startTool(toolCallId, toolName);
    } else if (!isWaiting(status) && status !== "writing" && !this.#toolsEnded.has(toolCallId)) {
      this.#toolsEnded.add(toolCallId);
      const durationMs = startedAt === undefined ? null : since(startedAt);
      this.#emit({ type: "toolEnded", ...tool, durationMs, status });
    }
  }

  #startTool(toolCallId: string, toolName: string): void {
    this.#toolsStartedAt.set(toolCallId, performance.now());
    this.#emit({ type: "toolStarted", ...this.#turn, toolCallId, toolName });
  }

  onRequest(outcome: RequestOutcome): void {
    const { duration, provider, model, ...rest } = outcome;
    const calledAt = performance.now() - duration;
    const firstTokenMs =
      this.#firstAt === null ? null : Math.max(0, Math.round(this.#firstAt - calledAt));
    this.#firstAt = null;
    const turn = { ...this.#turn, provider, model };
    this.#emit({ type: "requestEnded", ...turn, ...rest, durationMs: duration, firstTokenMs });
  }

  finish(message: ChatMessage): void {
    this.#answer.finish(message);
  }

  /** Emits the event of the turn's end. */
  end(end: TurnEnd): void {
    const { usage, toolCalls, error } = this.#answer.final ?? this.#answer.snapshot();
    const ended = { ...this.#turn, durationMs: this.#durationMs(), ...usage };
    if (end.reason === "waiting") {
      const waiting = (status: WaitingStatus): readonly string[] =>
        toolCalls.flatMap((call) => (call.status === status ? [call.toolCallId] : []));
      const approvals = waiting("awaiting_approval");
      const outputs = waiting("awaiting_output");
      if (approvals.length > 0)
        this.#emit({ type: "approvalRequested", ...ended, toolCallIds: approvals });
      if (outputs.length > 0)
        this.#emit({ type: "outputRequested", ...ended, toolCallIds: outputs });
    } else if (end.reason === "failed") {
      const errorCode = error?.code ?? errorCodeOf(end.error);
      this.#emit({ type: "turnFailed", ...ended, errorCode, error: end.error });
    } else this.#emit({ type: "turnFinished", ...ended, status: end.reason });
  }

  #durationMs(): number {
    return since(this.#startedAt);
  }
}

/** The event of an answer that was stopped while it waited, when no process produced it. */
export function waitingTurnStopped(row: MessageRow): ChatRouterEvent {
  const { usage } = toChatMessage(row);
  return { type: "turnFinished", ...turnOf(row), durationMs: 0, ...usage, status: "stopped" };
}

/**
 * Creates the listener for answers that were ended because their process is gone, or because they waited too long.
 *
 * @param onEnded also called with each of them.
 */
export function recoveryListener(
  emit: EmitEvent | null,
  onEnded: (row: MessageRow) => void,
): (row: MessageRow) => void {
  return (row) => {
    const { status } = toChatMessage(row);
    if (emit !== null) emit({ type: "turnRecovered", ...turnOf(row), status });
    else if (status === "interrupted") sayInterrupted(row);
    onEnded(row);
  };
}

function turnOf({ chatId, id: messageId, modelId: model, provider }: MessageRow) {
  return { chatId, messageId, model, provider };
}

/** An answer that was deleted or taken over fails with a `ChatError`, any other one with an error of the provider. */
function errorCodeOf(error: unknown): AnswerErrorCode | ChatErrorCode {
  return error instanceof ChatError ? error.code : describeProviderError(error).code;
}

function since(time: number): number {
  return Math.round(performance.now() - time);
}
