import { LazyMap } from "../../shared/collections/lazy-map.ts";
import { randomUUID } from "node:crypto";
import type { Middleware, ToolCall } from "@node-llm/core";
import { isWaiting } from "../../chat/chat-message.ts";
import { abortable } from "../../shared/abortable.ts";
import type { DataPart } from "../../chat/chat-message.ts";
import type { Database } from "../database/database.ts";
import type { PrismaPromise, Row } from "../database/client/prisma-client-like.ts";
import {
  isForeignKeyViolation,
  isRecordNotFound,
  isUniqueViolation,
} from "../database/prisma-errors.ts";
import type { MessageRow } from "../database/rows.ts";
import { toStorable } from "../../chat/storable-text.ts";
import { toChatToolCall } from "../messages/to-chat-message.ts";
import type { WrittenArguments } from "../provider/written-calls.ts";
import { carriedBy, encodeSignature } from "../provider/wire/carried.ts";
import { ToolFailure, ToolTimeoutError } from "../tools/resolve-tools.ts";
import { messageLostError, missingOutput, takeLock } from "./message-lock.ts";
import type { TurnControl } from "./turn-control.ts";
import type { TurnLog } from "./turn-log.ts";
import type { TurnSettings, TurnSink } from "./turn-settings.ts";
import type { TurnState } from "./turn-state.ts";
import type { TurnToolCall } from "../tools/turn-tool-call.ts";

interface TurnToolsOptions {
  readonly db: Database;
  readonly message: MessageRow;
  readonly state: TurnState;
  readonly log: TurnLog | null;
  readonly sink: TurnSink | null;
  readonly control: TurnControl;
  /** False to write neither rows nor entries of the log. Defaults to true. */
  readonly persists?: boolean | undefined;
  readonly judgeCall: TurnSettings["judgeCall"];
  readonly onToolError?: TurnSettings["onToolError"];
}

/** The tool calls of a turn, with their rows, which are written before a tool starts and again after it ends. */
export class TurnTools {
  readonly #options: TurnToolsOptions;
  /** The calls that have a row, as it was last written. */
  readonly #rows = new LazyMap<string, TurnToolCall>();
  #lastCreatedAt = 0;
  /** What calls have returned, as JSON, until they end. */
  readonly #outputs = new LazyMap<string, string>();
  /** The calls that were shown while the model wrote them. */
  readonly #written = new LazyMap<string, true>();

  constructor(options: TurnToolsOptions) {
    this.#options = options;
    for (const call of options.state.toolCalls.values()) this.#rows.set(call.toolCallId, call);
  }

  /**
   * Adds the calls that the model makes.
   *
   * @returns those that may run now. The others wait for an approval, or for the page.
   */
  async propose(calls: readonly ToolCall[]): Promise<readonly ToolCall[]> {
    const { message, state, sink, control, judgeCall } = this.#options;
    const log = this.#log;
    const runnable: ToolCall[] = [];
    for (const call of calls) {
      // The app's function may take long, or never settle.
      const judged = judgeCall?.(call, message.id);
      const status = judged === undefined ? "running" : await abortable(judged, control.signal);
      const isHeld = isWaiting(status);
      const { name, arguments: args } = call.function;
      const signature = encodeSignature(carriedBy(call));
      const added = state.addToolCall(call.id, name, args, status, signature);
      if (isHeld) await this.#hold(added);
      else runnable.push(call);
      log?.append({ kind: "tool", toolCallId: call.id });
      sink?.setToolCall(toChatToolCall(added));
    }
    return runnable;
  }

  /** Shows a call that the model is writing. It has no row, because it may never become whole. */
  write({ toolCallId, name, text }: WrittenArguments): void {
    const { state, sink } = this.#options;
    const log = this.#log;
    if (!this.#written.has(toolCallId)) log?.append({ kind: "writing", toolCallId, text: name });
    this.#written.set(toolCallId, true);
    state.noteWritten(text);
    log?.append({ kind: "arguments", toolCallId, text });
    sink?.writeToolCall(toolCallId, name, text);
  }

  /** Shows what a call has reported, as JSON, and saves it with the text. Does nothing after the call has ended. */
  setProgress(toolCallId: string, progress: string): void {
    const { state, sink, control } = this.#options;
    const call = control.signal.aborted ? null : state.setProgress(toolCallId, progress);
    if (call === null) return;
    this.#log?.append({ kind: "progress", toolCallId, revision: call.revision, text: progress });
    sink?.setToolCall(toChatToolCall(call));
  }

  /**
   * Shows data of the app, and saves it with the text. Does nothing after the end of the answer.
   *
   * @throws Error when the answer has too much of it.
   */
  writeData(part: DataPart): void {
    const { state, log, sink, control } = this.#options;
    if (control.signal.aborted) return;
    const written = state.setData(part);
    log?.append({ kind: "data", part: written });
    sink?.setData(written);
  }

  /** Where the details of calls are saved before their rows have them; null where nothing of a call is stored. */
  get #log(): TurnLog | null {
    const { log, persists = true } = this.#options;
    return persists ? log : null;
  }

  /** Notes what a call has returned, as JSON, before it ends. */
  setOutput(toolCallId: string, output: string): void {
    this.#outputs.set(toolCallId, output);
  }

  /** The middleware that writes the rows. NodeLLM awaits its middlewares, but not its tool handlers. */
  middleware(): Middleware {
    const { state, control, message, onToolError } = this.#options;
    return {
      name: "node-llm-trpc",
      onToolCallStart: async (_context, tool) => {
        control.signal.throwIfAborted();
        const call = state.toolCalls.get(tool.id);
        if (call !== undefined) await this.#orFail(this.#begin(call));
      },
      onToolCallEnd: async (_context, tool, result) => {
        const text = typeof result === "string" ? result : (JSON.stringify(result) ?? "");
        const status = isToolFailure(tool, text) ? "error" : "complete";
        await this.#orFail(this.#end(tool.id, text, status));
      },
      onToolCallError: async (_context, tool, error) => {
        if (control.signal.aborted) return; // `close` writes the result if the answer is kept.
        await this.#orFail(this.#end(tool.id, failureText(tool, error), "error"));
        // What the app does with the error is no part of the answer.
        const thrown: unknown = error instanceof ToolFailure ? error.cause : error;
        onToolError?.({ toolCallId: tool.id, name: tool.function.name, error: thrown }, message.id);
      },
    };
  }

  /**
   * Called with each result that NodeLLM sends to the model. No middleware is called with the result of a tool call
   * that was refused in `confirm` mode, so it is recorded here.
   *
   * @returns the result for the model: NodeLLM's own text of a failure has that of the error.
   */
  onAnswer(id: string, content: string): { readonly content: string; readonly isError: boolean } {
    const { state, control, sink } = this.#options;
    const call = state.toolCalls.get(id);
    if (call !== undefined && call.result === null && !control.signal.aborted) {
      const denied = state.endToolCall(id, toStorable(content), "denied");
      if (denied !== null) sink?.setToolCall(toChatToolCall(denied));
    }
    const isError = call?.status === "error";
    return { content: isError ? (call.result ?? content) : content, isError };
  }

  /** Writes the calls that did not run: refused in `confirm` mode, or only proposed in `dry-run` mode. */
  async recordUnstarted(): Promise<void> {
    const { state } = this.#options;
    for (const call of state.toolCalls.values()) {
      const isUnstarted = !this.#rows.has(call.toolCallId) && call.result === null;
      await this.#save(isUnstarted ? state.holdToolCall(call) : call);
    }
  }

  /** Ends the calls that were cut off by the end of the answer, and writes results that could not be written before. */
  async close(): Promise<void> {
    for (const call of this.#options.state.toolCalls.values()) {
      if (call.result !== null) await this.#save(call);
      else if (call.status === "awaiting_approval")
        await this.#end(call.toolCallId, unapprovedResult, "denied");
      else if (call.status === "awaiting_output")
        await this.#end(call.toolCallId, missingOutput, "error");
      else await this.#end(call.toolCallId, cutOffResult, "error");
    }
  }

  /** Ends the turn when a write fails. NodeLLM would treat the error as a failure of the tool and continue. */
  async #orFail(write: Promise<void>): Promise<void> {
    try {
      await write;
    } catch (error) {
      this.#options.control.fail(error);
      throw error;
    }
  }

  /** A process that was believed dead must not run a tool, not even an approved one, which already has a row. */
  async #begin(call: TurnToolCall): Promise<void> {
    const { db, message } = this.#options;
    if (!this.#rows.has(call.toolCallId)) await this.#insert(call);
    else if (db.supports("turns")) await this.#batch([takeLock(db, message)]);
  }

  async #hold(call: TurnToolCall): Promise<void> {
    try {
      await this.#insert(call);
    } catch (error) {
      // The end of the answer may overtake this insert on another connection, and has then written the row.
      if (!isUniqueViolation(error)) throw error;
    }
  }

  async #insert(call: TurnToolCall): Promise<void> {
    const { db, message, persists = true } = this.#options;
    const lock = db.supports("turns") ? [takeLock(db, message)] : [];
    const writes = persists ? db.insert("toolCall", [this.#newRow(call)]) : [];
    await this.#batch([...lock, ...writes]);
    this.#rows.set(call.toolCallId, call);
  }

  #newRow(call: TurnToolCall): Row {
    const { db, message } = this.#options;
    const now = Date.now();
    // Calls without a position are ordered by their time.
    this.#lastCreatedAt = Math.max(now, this.#lastCreatedAt + 1);
    return db.pick("toolCall", {
      ...call,
      id: randomUUID(),
      messageId: message.id,
      createdAt: new Date(db.has("toolCall", "position") ? now : this.#lastCreatedAt),
      ...(call.result === null ? {} : { finishedAt: new Date(now) }),
    });
  }

  async #batch(queries: readonly PrismaPromise<unknown>[]): Promise<void> {
    const { db, control } = this.#options;
    if (queries.length === 0) return;
    try {
      await db.batch(queries);
    } catch (error) {
      if (!isForeignKeyViolation(error) && !isRecordNotFound(error)) throw error;
      control.lose();
      throw messageLostError();
    }
  }

  /** Saves a result before readers see it. */
  async #end(id: string, text: string, status: "complete" | "error" | "denied"): Promise<void> {
    const output = status === "complete" ? this.#outputs.get(id) : undefined;
    this.#outputs.delete(id);
    const ended = this.#options.state.endToolCall(id, toStorable(text), status, output);
    if (ended === null) return;
    await this.#save(ended);
    this.#options.sink?.setToolCall(toChatToolCall(ended));
  }

  async #save(call: TurnToolCall): Promise<void> {
    const { toolCallId, result, status, output, progress } = call;
    const row = this.#rows.get(toolCallId);
    if (row === call) return;
    if (row === undefined) {
      try {
        return await this.#insert(call);
      } catch (error) {
        // An earlier insert is still in progress, or was made although it seemed to fail.
        if (!isUniqueViolation(error)) throw error;
      }
    }
    const { db, message, persists = true } = this.#options;
    const data = db.pick("toolCall", { result, status, output, progress, finishedAt: new Date() });
    const where = { messageId: message.id, toolCallId };
    if (persists && row?.result != null) {
      // A call that failed was tried again. Only the process that still has the message may say so.
      const lock = db.supports("turns") ? [takeLock(db, message)] : [];
      await this.#batch([...lock, db.toolCall.updateMany({ where, data })]);
    } else if (persists) {
      // A process that ended the answer in the meantime has ended its calls, too.
      await db.write(() => db.toolCall.updateMany({ where: { ...where, result: null }, data }));
    }
    this.#rows.set(toolCallId, call);
  }
}

const unapprovedResult = "The tool was not run: the answer ended before it was approved.";
const cutOffResult = "The tool did not finish: the answer ended before it did.";

/** What the model and the page are told of what a tool has thrown: nothing that it says. */
function failureText(tool: ToolCall, error: Error): string {
  const reason = error instanceof ToolTimeoutError ? error.message : "It failed on the server.";
  return `Error executing tool '${tool.function.name}': ${reason}`;
}

/** NodeLLM's `Tool` class returns a failure as text: https://github.com/node-llm/node-llm, chat/Tool.ts. */
function isToolFailure(tool: ToolCall, text: string): boolean {
  return (
    text.startsWith(`Error executing tool '${tool.function.name}':`) ||
    text.startsWith("Invalid tool arguments:") ||
    text.startsWith(`Error: arguments for tool '${tool.function.name}' were not valid JSON`) ||
    text.startsWith(`Model tried to call unavailable tool '${tool.function.name}'`)
  );
}
