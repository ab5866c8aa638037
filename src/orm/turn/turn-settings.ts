import type {
  AskOptions,
  ChatOptions,
  NodeLLMCore,
  ThinkingConfig,
  ToolCall,
  ToolResolvable,
} from "@node-llm/core";
import type { TextKind } from "../../chat/answer-fold.ts";
import type { ChatMessage, DataPart } from "../../chat/chat-message.ts";
import type { ChatToolCall } from "../../chat/tool-call.ts";
import type { AttachmentStorage } from "../attachments/attachment-storage.ts";
import type { RequestOutcome } from "../usage/record-call.ts";
import type { FileReader } from "../provider/file-parts.ts";
import type { ContextLimits } from "../provider/history.ts";
import type { FallbackModel } from "../provider/resolve-llm.ts";
import type { RunnableTool } from "../tools/runnable-tool.ts";
import type { FirstCallStatus } from "../tools/turn-tool-call.ts";

/** The options of `ask` and `askStream`: NodeLLM's own, with a signal that ends the answer. */
export interface TurnOptions extends AskOptions {
  /** Aborting it ends the answer and closes the connection to the provider. What was produced by then is kept. */
  signal?: AbortSignal;
  /**
   * The thinking for this question.
   * @default the chat's own setting
   */
  thinking?: ThinkingConfig;
}

/** The defaults of `TurnSettings`. Times are in milliseconds. */
export const turnDefaults = {
  idleTimeout: 60_000,
  toolTimeout: 120_000,
  maxToolResultChars: 100_000,
  approvalTimeout: 86_400_000,
  maxFileBytes: 10_000_000,
} as const;

/** A tool has thrown an error. */
export interface ToolErrorReport {
  readonly toolCallId: string;
  readonly name: string;
  readonly error: unknown;
}

/** The beginning of an answer. */
export interface TurnStart {
  readonly messageId: string;
  readonly signal: AbortSignal;
  /** @throws Error when the answer has too much data. */
  readonly writeData: (part: DataPart) => void;
}

/** How the turns of a chat are run. */
export interface TurnSettings {
  readonly llm: NodeLLMCore;
  /** Null for the LLM's default model. */
  readonly model: string | null;
  /** The models that are called when that one cannot answer, in order. */
  readonly fallback?: readonly FallbackModel[] | undefined;
  /** The parts of the system prompt. */
  readonly instructions: readonly string[];
  /** NodeLLM's own options. */
  readonly options: ChatOptions;
  readonly context: ContextLimits;
  /** Where the app keeps files; undefined when they are in the database. */
  readonly attachments?: AttachmentStorage | undefined;
  /** After how long without a chunk a stream is ended as stalled, in milliseconds. */
  readonly idleTimeout?: number | undefined;
  /** After how long a tool gets an error as its result, in milliseconds. */
  readonly toolTimeout?: number | undefined;
  /** How many characters of a tool's result are kept. */
  readonly maxToolResultChars?: number | undefined;
  /** Whether to mark what the provider should cache; true when undefined. */
  readonly promptCaching?: boolean | undefined;
  /** What is stored besides messages; everything when undefined. */
  readonly persistence?:
    | { readonly requests?: boolean | undefined; readonly toolCalls?: boolean | undefined }
    | undefined;
  /**
   * The tools, besides those of `options`.
   *
   * @default none
   */
  readonly tools?: readonly (ToolResolvable | RunnableTool)[] | undefined;
  /**
   * The status that a tool call begins with: `error` for one whose arguments do not fit its tool, which is told so when
   * it runs; `awaiting_approval` for one that may run only after an approval; `awaiting_output` for one that the page
   * runs.
   *
   * @default "running"
   */
  readonly judgeCall?:
    | ((call: ToolCall, messageId: string) => Promise<FirstCallStatus>)
    | undefined;
  /** Called with what a tool has thrown, of which the model and the readers are only told that it failed. */
  readonly onToolError?: ((failure: ToolErrorReport, messageId: string) => void) | undefined;
  /** Called before the model is asked for a new answer, and awaited. */
  readonly onStart?: ((start: TurnStart) => Promise<void> | void) | undefined;
  /**
   * Called with the answer when it has ended and is saved, or deleted, and before its readers learn of it.
   *
   * @returns the answer for its readers.
   */
  readonly onEnd?: ((message: ChatMessage, isKept: boolean) => Promise<ChatMessage>) | undefined;
  /** Whether an answer that does not fit the schema of `options` is corrected once, and fails after that. */
  readonly requiresObject?: boolean | undefined;
  /** How long an answer waits for approvals and outputs, in milliseconds. */
  readonly approvalTimeout?: number | undefined;
  /** What happens to an answer that fails: `keep` keeps it if it has text or tool results. */
  readonly onFailure: "delete" | "keep";
}

/** Who reads the files of a turn. */
export function fileReader({ llm, model, options }: TurnSettings): FileReader {
  const { provider, defaultChatModel } = llm;
  return {
    provider,
    model: model ?? defaultChatModel ?? provider?.defaultModel("chat") ?? null,
    assumeModelExists: options.assumeModelExists ?? false,
  };
}

/** Receives what a turn produces, while it produces it. An `Answer` is one. */
export interface TurnSink {
  /** @param waitedMs how long the text was gathered before, in milliseconds. */
  append(kind: TextKind, text: string, waitedMs?: number): void;
  setToolCall(call: ChatToolCall): void;
  setData(part: DataPart): void;
  /** Called with each piece of the arguments of a tool call that the model is writing. */
  writeToolCall(toolCallId: string, name: string, text: string): void;
  /** Called when a provider call has ended, for whatever reason. */
  onRequest?(outcome: RequestOutcome): void;
  /** Called when the answer has ended, or waits for approval. */
  finish(message: ChatMessage): void;
}
