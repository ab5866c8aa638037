import { ChatError } from "../../chat/chat-error.ts";
import type { ChatMessage, ChatToolCall, MessageStatus } from "../../chat/chat-message.ts";
import type { Answer } from "../../chat/answer.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import type { BegunTurn } from "../../orm/turn/begin-turn.ts";
import { describeProviderError } from "../../orm/provider/describe-provider-error.ts";
import type { RequestOutcome } from "../../orm/messages/record-request.ts";
import type { TurnObserver } from "../../orm/turn/turn-observer.ts";
import { toChatMessage } from "../../orm/messages/to-chat-message.ts";
import type { ChatRouterEvent, EmitEvent } from "../chat-router-event.ts";

/** Tells of one answer as it is produced, and hands everything on to the live message. */
export class ObservedAnswer implements TurnObserver {
  readonly #live: Answer;
  readonly #emit: EmitEvent;
  readonly #turn: ReturnType<typeof turnOf>;
  readonly #startedAt = performance.now();
  readonly #toolsStartedAt = new Map<string, number>();
  readonly #toolsEnded = new Set<string>();
  /** When the first text since the last call of the provider came. */
  #firstAt: number | null = null;
  #hasText = false;

  constructor(live: Answer, { assistant, continued }: BegunTurn, emit: EmitEvent) {
    this.#live = live;
    this.#emit = emit;
    this.#turn = turnOf(assistant);
    emit({ type: continued === undefined ? "turnStarted" : "turnResumed", ...this.#turn });
    for (const { toolCallId, name, result } of continued?.toolCalls ?? []) {
      if (result === null) this.#startTool(toolCallId, name);
      else this.#toolsEnded.add(toolCallId);
    }
  }

  append(type: "text" | "thinking", text: string, waitedMs = 0): void {
    this.#live.append(type, text, waitedMs);
    if (this.#firstAt !== null || text === "") return;
    this.#firstAt = performance.now();
    if (this.#hasText) return;
    this.#hasText = true;
    this.#emit({ type: "firstToken", ...this.#turn, durationMs: this.#durationMs() });
  }

  setToolCall(call: ChatToolCall): void {
    this.#live.setToolCall(call);
    const { toolCallId, name: toolName, status } = call;
    const tool = { ...this.#turn, toolCallId, toolName };
    const startedAt = this.#toolsStartedAt.get(toolCallId);
    if (status === "running") {
      if (startedAt !== undefined) return;
      this.#startTool(toolCallId, toolName);
    } else if (status !== "awaiting_approval" && !this.#toolsEnded.has(toolCallId)) {
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
    this.#live.finish(message);
  }

  /** @param error why the answer did not end by itself; undefined when it did. */
  end(error?: unknown): void {
    const message = this.#live.final ?? this.#live.snapshot();
    const { status, usage, toolCalls } = message;
    const ended = { ...this.#turn, durationMs: this.#durationMs(), ...usage };
    if (status === "awaiting_approval") {
      const waiting = toolCalls.filter((call) => call.status === "awaiting_approval");
      const toolCallIds = waiting.map((call) => call.toolCallId);
      this.#emit({ type: "approvalRequested", ...ended, toolCallIds });
    } else if (isEnd(status) && (error === undefined || isAbort(error))) {
      this.#emit({ type: "turnFinished", ...ended, status });
    } else {
      const errorCode = message.error?.code ?? codeOf(error);
      this.#emit({ type: "turnFailed", ...ended, errorCode, error });
    }
  }

  #durationMs(): number {
    return since(this.#startedAt);
  }
}

/** An answer was stopped while it waited: no process produced it. */
export function waitingTurnStopped(row: MessageRow): ChatRouterEvent {
  const { usage } = toChatMessage(row);
  return { type: "turnFinished", ...turnOf(row), durationMs: 0, ...usage, status: "stopped" };
}

/** A message of a process that is gone has been ended. */
export function turnRecovered(row: MessageRow): ChatRouterEvent {
  return { type: "turnRecovered", ...turnOf(row), status: toChatMessage(row).status };
}

function turnOf({ chatId, id: messageId, modelId: model, provider }: MessageRow) {
  return { chatId, messageId, model, provider };
}

function isEnd(status: MessageStatus): status is "complete" | "stopped" | "interrupted" {
  return status === "complete" || status === "stopped" || status === "interrupted";
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** Also of an answer that was deleted, or taken over, while it was produced. */
function codeOf(error: unknown): string {
  return error instanceof ChatError ? error.code : describeProviderError(error).code;
}

function since(time: number): number {
  return Math.round(performance.now() - time);
}
