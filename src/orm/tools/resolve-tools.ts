import type { ToolDefinition, ToolResolvable } from "@node-llm/core";
import { Tool, ToolHalt } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import { abortable, abortError } from "../../shared/abortable.ts";
import { cutText } from "../../shared/cut-text.ts";
import { toStorable } from "../database/storable-text.ts";
import type { ToolParameters } from "./tool-parameters.ts";
import { toToolParameters } from "./tool-parameters.ts";

interface ToolLimits {
  /** Milliseconds after which a call fails. */
  readonly timeout: number;
  /** Longer results are cut. Characters are UTF-16 code units. */
  readonly maxResultChars: number;
  /** Ends all calls. */
  readonly signal: AbortSignal;
  /** Called when a tool ends the answer with a text. */
  readonly onHalt: (text: string) => void;
  /** Called when a tool is about to run. Returns what to call with its result. */
  readonly onCall?: (() => (result: unknown) => void) | undefined;
}

/**
 * An instance of NodeLLM's `Tool` has thrown. Whatever it has thrown is no reason for NodeLLM to end the answer, which
 * the status of an error from a raw tool is.
 */
export class ToolFailure extends Error {
  constructor(cause: unknown) {
    super("The tool failed.", { cause });
  }
}

/** A tool took too long. */
export class ToolTimeoutError extends Error {
  constructor(timeoutMs: number) {
    super(`The tool did not answer within ${timeoutMs / 1000} s.`);
  }
}

type Handler = (args: unknown) => Promise<unknown>;

/**
 * Converts tools to definitions for core. Their parameters are JSON Schema, which every provider understands, arguments
 * are checked against it, and the duration of a call and the length of its result are limited.
 *
 * @throws ChatError `CONFIGURATION` when a tool has no handler, or parameters that cannot be described to a model.
 */
export function resolveTools(
  tools: readonly ToolResolvable[],
  limits: ToolLimits,
): ToolDefinition[] {
  return tools.map((tool) => toDefinition(typeof tool === "function" ? new tool() : tool, limits));
}

function toDefinition(tool: Tool | ToolDefinition, limits: ToolLimits): ToolDefinition {
  const isInstance = isToolInstance(tool);
  const { name, description, strict } = isInstance ? tool : tool.function;
  const parameters = toToolParameters(name, isInstance ? tool.schema : tool.function.parameters);
  return {
    type: "function",
    function: {
      name,
      ...(description === undefined ? {} : { description }),
      ...(strict === undefined ? {} : { strict }),
      parameters: parameters.jsonSchema,
    },
    handler: withLimits(toHandler(tool, parameters), limits),
  };
}

/** Also true for an instance of another copy of core, which has its own class. */
function isToolInstance(tool: Tool | ToolDefinition): tool is Tool {
  return tool instanceof Tool || ("toLLMTool" in tool && typeof tool.toLLMTool === "function");
}

function toHandler(tool: Tool | ToolDefinition, parameters: ToolParameters): Handler {
  if (isToolInstance(tool)) {
    // Core's own handler would make a text for the model of what `execute` throws.
    const isOverridden = tool instanceof Tool && tool.handler !== Tool.prototype.handler;
    const run: Handler = async (args) => {
      // What the schema of a tool accepts is an object.
      const object = args as Record<string, unknown>;
      try {
        return (await (isOverridden ? tool.handler(object) : tool.execute(object))) ?? "";
      } catch (error) {
        throw new ToolFailure(error);
      }
    };
    return withCheckedArguments(run, parameters);
  }
  const {
    handler,
    function: { name },
  } = tool;
  if (typeof handler !== "function")
    throw new ChatError("CONFIGURATION", `The tool '${name}' has no handler function.`);
  return withCheckedArguments((args) => handler(args), parameters);
}

function withCheckedArguments(handler: Handler, parameters: ToolParameters): Handler {
  return async (args) => {
    const checked = await parameters.check(args);
    return "problem" in checked
      ? `Invalid tool arguments: ${checked.problem}`
      : handler(checked.value);
  };
}

function withLimits(handler: Handler, limits: ToolLimits): (args: unknown) => Promise<string> {
  const { timeout, signal, maxResultChars, onHalt, onCall } = limits;
  return async (args): Promise<string> => {
    const onResult = onCall?.();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new ToolTimeoutError(timeout)), timeout);
    });
    try {
      signal.throwIfAborted();
      const result = await abortable(Promise.race([handler(args), late]), signal);
      onResult?.(result);
      // Core ignores a halt in a stream, so it is handled here for both ways to ask.
      const halt = haltText(result);
      const text = cut(toStorable(halt ?? toText(result)), maxResultChars);
      if (halt !== null) onHalt(text);
      return text;
    } catch (error) {
      // Core continues after an error of a tool unless the error is marked as fatal.
      if (signal.aborted) throw Object.assign(abortError(), { fatal: true });
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Also reads a halt of another copy of core. */
function haltText(result: unknown): string | null {
  if (result instanceof ToolHalt) return result.content;
  if (typeof result !== "object" || result === null || !("toJSON" in result)) return null;
  if (!("content" in result) || result.constructor.name !== "ToolHalt") return null;
  return String(result.content);
}

function toText(result: unknown): string {
  return typeof result === "string" ? result : (JSON.stringify(result) ?? "");
}

function cut(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const kept = cutText(text, maxChars);
  return `${kept}\n\n[The result was cut: it has ${text.length} characters, and the first ${kept.length} are shown.]`;
}
