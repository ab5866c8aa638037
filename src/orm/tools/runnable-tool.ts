import type { DataPart } from "../../chat/chat-message.ts";
import type { ToolParameters } from "./tool-parameters.ts";

/** Characters of a tool's output as JSON. A longer one is not stored beside the text that the model is told. */
export const maxOutputChars = 1_000_000;

/** Characters of a tool's progress as JSON. The newest is sent to readers and saved again and again. */
export const maxProgressChars = 10_000;

/** The call that a tool is run for. */
export interface ToolRun {
  /** The answer that the call is a part of. */
  readonly messageId: string;
  /** The provider's id of the call. */
  readonly toolCallId: string;
  /** Aborts when the answer is stopped or interrupted, or when the call takes too long. */
  readonly signal: AbortSignal;
  /**
   * Shows readers of the answer how far the tool is. Does nothing after the call has ended.
   *
   * @throws Error when the value is no JSON, or longer than `maxProgressChars` as JSON.
   */
  readonly report: (value: unknown) => void;
  /**
   * Writes data of the app into the answer. Does nothing after the call has ended.
   *
   * @throws Error when the answer has too much of it.
   */
  readonly writeData: (part: DataPart) => void;
}

/** What a tool has returned. */
interface ToolResult {
  /** What the model is told. */
  readonly told: string;
  /** The value that is stored, at most `maxOutputChars` long as JSON; undefined when the call has failed. */
  readonly output?: unknown;
}

/** A tool that knows for which call it is run, and returns a value beside the text for the model. */
export interface RunnableTool {
  readonly kind: "runnable";
  readonly name: string;
  readonly description: string;
  readonly strict?: boolean | undefined;
  readonly parameters: ToolParameters;
  /** @param args the arguments as the schema parsed them. */
  run(args: unknown, run: ToolRun): Promise<ToolResult>;
}
