import { randomUUID } from "node:crypto";
import type { Middleware, ToolCall } from "@node-llm/core";
import { abortable } from "../../shared/abortable.ts";
import type { Database } from "../database/database.ts";
import type { PrismaPromise } from "../database/prisma-client-like.ts";
import { isForeignKeyViolation, isRecordNotFound } from "../database/prisma-errors.ts";
import type { MessageRow } from "../database/rows.ts";
import { toStorable } from "../database/storable-text.ts";
import { takeMessage } from "./take-message.ts";
import type { TurnLog } from "./turn-log.ts";
import type { TurnObserver } from "./turn-observer.ts";
import type { TurnState, TurnToolCall } from "./turn-state.ts";
import { toChatToolCall } from "../messages/to-chat-message.ts";

interface TurnToolsOptions {
  readonly db: Database;
  readonly message: MessageRow;
  readonly state: TurnState;
  readonly log: TurnLog | null;
  readonly observer: TurnObserver | null;
  readonly needsApproval:
    | ((call: ToolCall, messageId: string) => boolean | Promise<boolean>)
    | undefined;
  /** Ends the turn. */
  readonly abort: AbortController;
  /** The message is gone, or another process has ended it; returns the error to end with. */
  readonly onGone: () => Error;
}

/** The tool calls of a turn and their rows: written before a tool starts, and again when it has ended. */
export class TurnTools {
  readonly #options: TurnToolsOptions;

  constructor(options: TurnToolsOptions) {
    this.#options = options;
  }

  /** Takes the calls that the model asks for; resolves to those that run now, the others wait for approval. */
  async propose(calls: readonly ToolCall[]): Promise<readonly ToolCall[]> {
    const { message, state, log, observer, abort, needsApproval } = this.#options;
    const runnable: ToolCall[] = [];
    for (const call of calls) {
      // The app may take its time, or never say.
      const asked = Promise.resolve(needsApproval?.(call, message.id));
      const isHeld = (await abortable(asked, abort.signal)) === true;
      const status = isHeld ? "awaiting_approval" : "running";
      const { name, arguments: args } = call.function;
      const added = state.addToolCall(call.id, name, args, status);
      if (isHeld) await this.#insert(added);
      else runnable.push(call);
      log?.append("tool", call.id);
      observer?.setToolCall(toChatToolCall(added));
    }
    return runnable;
  }

  /** Core awaits its middlewares, and not its tool handlers: so the rows are written from here. */
  middleware(): Middleware {
    const { state, abort } = this.#options;
    return {
      name: "node-llm-trpc",
      onToolCallStart: async (_context, tool) => {
        abort.signal.throwIfAborted();
        const call = state.toolCalls.get(tool.id);
        if (call !== undefined) await this.#orEnd(this.#begin(call));
      },
      onToolCallEnd: async (_context, tool, result) => {
        const text = typeof result === "string" ? result : (JSON.stringify(result) ?? "");
        const status = isToolFailure(tool, text) ? "error" : "complete";
        await this.#orEnd(this.#end(tool.id, text, status));
      },
      onToolCallError: async (_context, tool, error) => {
        if (abort.signal.aborted) return; // Written when the turn is settled, if it is kept.
        const text = `Fatal error executing tool '${tool.function.name}': ${error.message}`;
        await this.#orEnd(this.#end(tool.id, text, "error"));
      },
    };
  }

  /** The only answer that no middleware is told of is the one to a call that was refused in `confirm` mode. */
  onAnswer(id: string, content: string): { isError: boolean } {
    const { state, abort, observer } = this.#options;
    const call = state.toolCalls.get(id);
    if (call !== undefined && call.result === null && !abort.signal.aborted) {
      end(call, toStorable(content), "denied");
      observer?.setToolCall(toChatToolCall(call));
    }
    return { isError: call?.status === "error" };
  }

  /** Calls that were proposed and not run: refused in `confirm` mode, or left alone in `dry-run`. */
  async recordUnstarted(): Promise<void> {
    for (const call of this.#options.state.toolCalls.values()) {
      if (!call.hasRow && call.result === null) call.status = "awaiting_approval";
      await this.#save(call);
    }
  }

  /** Calls that the end of the answer has cut off, and results whose write has failed. */
  async close(): Promise<void> {
    for (const call of this.#options.state.toolCalls.values()) {
      const isHeld = call.status === "awaiting_approval";
      if (isHeld && call.result === null) await this.#end(call.toolCallId, unasked, "denied");
      else if (call.result === null) await this.#end(call.toolCallId, cutOffTool, "error");
      else await this.#save(call);
    }
  }

  /** Core takes what a middleware throws for a failure of the tool and goes on; the turn may not. */
  async #orEnd(write: Promise<void>): Promise<void> {
    try {
      await write;
    } catch (error) {
      this.#options.abort.abort(error);
      throw error;
    }
  }

  /** A process that was taken for dead is not to run a tool. One that was allowed has its row already. */
  async #begin(call: TurnToolCall): Promise<void> {
    const { db, message } = this.#options;
    if (!call.hasRow) await this.#insert(call);
    else if (db.isExtended) await this.#batch([takeMessage(db, message)]);
  }

  async #insert(call: TurnToolCall): Promise<void> {
    if (call.hasRow) return;
    const { db, message } = this.#options;
    const isOver = call.result !== null;
    const data = db.pick("toolCall", {
      id: randomUUID(),
      messageId: message.id,
      toolCallId: call.toolCallId,
      name: call.name,
      arguments: call.arguments,
      position: call.position,
      step: call.step,
      thought: call.thought,
      thoughtSignature: call.thoughtSignature,
      status: call.status,
      result: call.result,
      ...(isOver ? { finishedAt: new Date() } : {}),
    });
    const insert = db.toolCall.createMany({ data: [data] });
    await this.#batch(db.isExtended ? [takeMessage(db, message), insert] : [insert]);
    call.hasRow = true;
    call.isSaved = true;
  }

  async #batch(queries: readonly PrismaPromise<unknown>[]): Promise<void> {
    const { db, onGone } = this.#options;
    try {
      await db.batch(queries);
    } catch (error) {
      throw isForeignKeyViolation(error) || isRecordNotFound(error) ? onGone() : error;
    }
  }

  async #end(id: string, text: string, status: "complete" | "error" | "denied"): Promise<void> {
    const { state, observer } = this.#options;
    const call = state.toolCalls.get(id);
    if (call === undefined) return;
    end(call, toStorable(text), status);
    await this.#save(call);
    observer?.setToolCall(toChatToolCall(call));
  }

  async #save(call: TurnToolCall): Promise<void> {
    if (call.isSaved) return;
    if (!call.hasRow) return this.#insert(call);
    const { db, message } = this.#options;
    const { toolCallId, result, status } = call;
    const data = db.pick("toolCall", { result, status, finishedAt: new Date() });
    // Who has ended the answer meanwhile, has ended its calls.
    const where = { messageId: message.id, toolCallId, result: null };
    await db.write(() => db.toolCall.updateMany({ where, data }));
    call.isSaved = true;
  }
}

function end(call: TurnToolCall, result: string, status: "complete" | "error" | "denied"): void {
  call.result = result;
  call.status = status;
  call.isSaved = false;
}

const unasked = "The tool was not run: the answer ended before it was allowed.";
const cutOffTool = "The tool did not finish: the answer ended before it did.";

/** A `Tool` subclass answers with its failure as text: https://github.com/node-llm/node-llm, chat/Tool.ts. */
function isToolFailure(tool: ToolCall, text: string): boolean {
  return (
    text.startsWith(`Error executing tool '${tool.function.name}':`) ||
    text.startsWith("Invalid tool arguments:") ||
    text.startsWith(`Error: arguments for tool '${tool.function.name}' were not valid JSON`) ||
    text.startsWith(`Model tried to call unavailable tool '${tool.function.name}'`)
  );
}
