import type { ToolDefinition, ToolResolvable } from "@node-llm/core";
import { Tool, ToolHalt } from "@node-llm/core";
import type { DataPart } from "../../chat/chat-message.ts";
import { ChatError } from "../../chat/chat-error.ts";
import { abortable, abortError } from "../../shared/abortable.ts";
import { cutText } from "../../shared/cut-text.ts";
import { timerDelay } from "../../shared/timer-delay.ts";
import { toStorable } from "../../chat/storable-text.ts";
import { outputIsResult } from "../../chat/tool-call.ts";
import type { StartedCall } from "./raw-results.ts";
import type { RunnableTool, ToolRun } from "./runnable-tool.ts";
import { maxOutputChars, maxProgressChars } from "./runnable-tool.ts";
import type { ToolParameters } from "./tool-parameters.ts";
import { toToolParameters } from "./tool-parameters.ts";

interface ToolLimits {
  /** Called with data that a call writes into the answer. */
  readonly onData?: ((part: DataPart) => void) | undefined;
  /** The answer that the tools are run for. */
  readonly messageId: string;
  /** Milliseconds after which a call fails. */
  readonly timeout: number;
  /** Longer results are cut. Characters are UTF-16 code units. */
  readonly maxResultChars: number;
  /** Ends all calls. */
  readonly signal: AbortSignal;
  /** Called when a tool ends the answer with a text. */
  readonly onHalt: (text: string) => void;
  /** Called when a tool is about to run, before anything else can. */
  readonly onCall?: (() => StartedCall) | undefined;
  /** Called with what is stored of the value that a call has returned, unless it is the text that the model is told. */
  readonly onOutput?: ((toolCallId: string, output: string) => void) | undefined;
  /** Called with each value that a call has reported, as JSON. */
  readonly onProgress?: ((toolCallId: string, progress: string) => void) | undefined;
}

/**
 * A tool that is not a raw one has thrown. Whatever it has thrown is no reason for NodeLLM to end the answer, which the
 * status of an error from a raw tool is.
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

/** What a tool has returned: what the model is told, as a text or as a value, and the value to store. */
interface Ran {
  readonly told: unknown;
  readonly output?: unknown;
}

type Handler = (args: unknown, run: ToolRun) => Promise<Ran>;

/**
 * Converts tools to definitions for core. Their parameters are JSON Schema, which every provider understands, arguments
 * are checked against it, and the duration of a call and the length of its result are limited.
 *
 * @throws ChatError `CONFIGURATION` when a tool has no handler, or parameters that cannot be described to a model.
 */
export function resolveTools(
  tools: readonly (ToolResolvable | RunnableTool)[],
  limits: ToolLimits,
): ToolDefinition[] {
  return tools.map((tool) => toDefinition(typeof tool === "function" ? new tool() : tool, limits));
}

/** A tool as the model is told of it. */
type DescribedTool = Omit<ToolDefinition, "handler">;

/**
 * What the model is told of tools.
 *
 * @throws ChatError `CONFIGURATION` when a tool has parameters that cannot be described to a model.
 */
export function describeTools(tools: readonly (ToolResolvable | RunnableTool)[]): DescribedTool[] {
  return tools.map((tool) => describe(typeof tool === "function" ? new tool() : tool).described);
}

type ToolObject = Tool | ToolDefinition | RunnableTool;

function toDefinition(tool: ToolObject, limits: ToolLimits): ToolDefinition {
  const { described, parameters } = describe(tool);
  return { ...described, handler: withLimits(toHandler(tool, parameters), limits) };
}

function describe(tool: ToolObject): { described: DescribedTool; parameters: ToolParameters } {
  const isInstance = isToolInstance(tool);
  const { name, description, strict } = isInstance || isRunnable(tool) ? tool : tool.function;
  const parameters = isRunnable(tool)
    ? tool.parameters
    : toToolParameters(name, isInstance ? tool.schema : tool.function.parameters);
  const described: DescribedTool = {
    type: "function",
    function: {
      name,
      ...(description === undefined ? {} : { description }),
      ...(strict === undefined ? {} : { strict }),
      parameters: parameters.jsonSchema,
    },
  };
  return { described, parameters };
}

function isRunnable(tool: ToolObject): tool is RunnableTool {
  return "kind" in tool && tool.kind === "runnable";
}

/** Also true for an instance of another copy of core, which has its own class. */
function isToolInstance(tool: ToolObject): tool is Tool {
  return tool instanceof Tool || ("toLLMTool" in tool && typeof tool.toLLMTool === "function");
}

function toHandler(tool: ToolObject, parameters: ToolParameters): Handler {
  if (isRunnable(tool)) {
    const run: Handler = (args, call) => tool.run(args, call);
    return withCheckedArguments(withToolFailures(run), parameters);
  }
  if (isToolInstance(tool)) {
    // Core's own handler would make a text for the model of what `execute` throws.
    const isOverridden = tool instanceof Tool && tool.handler !== Tool.prototype.handler;
    const run: Handler = async (args) => {
      // What the schema of a tool accepts is an object.
      const object = args as Record<string, unknown>;
      if (isOverridden) {
        const result: unknown = await tool.handler(object);
        return { told: result ?? "", output: result };
      }
      const output: unknown = await tool.execute(object);
      // Handlers of core's chat get the text that a tool's class makes, and a halt as it is.
      const told = output == null ? "" : haltText(output) === null ? toText(output) : output;
      return { told, output };
    };
    return withCheckedArguments(withToolFailures(run), parameters);
  }
  const {
    handler,
    function: { name },
  } = tool;
  if (typeof handler !== "function")
    throw new ChatError("CONFIGURATION", `The tool '${name}' has no handler function.`);
  return withCheckedArguments(async (args) => {
    const output: unknown = await handler(args);
    return { told: output, output };
  }, parameters);
}

/** Only NodeLLM's raw tools may end the answer with an error. */
function withToolFailures(run: Handler): Handler {
  return async (args, call) => {
    try {
      return await run(args, call);
    } catch (error) {
      throw new ToolFailure(error);
    }
  };
}

function withCheckedArguments(handler: Handler, parameters: ToolParameters): Handler {
  return async (args, run) => {
    const checked = await parameters.check(args);
    return "problem" in checked
      ? { told: invalidArguments(checked.problem) }
      : handler(checked.value, run);
  };
}

/** What the model is told of arguments that do not fit. */
export function invalidArguments(problem: string): string {
  return `Invalid tool arguments: ${problem}`;
}

function withLimits(handler: Handler, limits: ToolLimits): (args: unknown) => Promise<string> {
  const { messageId, timeout, maxResultChars, onHalt, onCall, onOutput, onProgress, onData } =
    limits;
  return async (args): Promise<string> => {
    const started = onCall?.();
    const toolCallId = started?.toolCallId ?? "";
    const leaving = new AbortController();
    const signal = AbortSignal.any([limits.signal, leaving.signal]);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new ToolTimeoutError(timeout);
        reject(error);
        leaving.abort(error);
      }, timerDelay(timeout));
    });
    try {
      signal.throwIfAborted();
      const report = (value: unknown): void => {
        const json = progressJson(value);
        // What still runs after its call has ended reports nothing.
        if (!signal.aborted) onProgress?.(toolCallId, json);
      };
      const writeData = (part: DataPart): void => {
        if (!signal.aborted) onData?.(part);
      };
      const call = { messageId, toolCallId, signal, report, writeData };
      const running = Promise.race([handler(args, call), late]);
      const ran = await abortable(running, limits.signal);
      started?.onResult(ran.told);
      // Core ignores a halt in a stream, so it is handled here for both ways to ask.
      const halt = haltText(ran.told);
      const text = cutResult(toStorable(halt ?? toText(ran.told)), maxResultChars);
      const output = halt === null ? storedOutput(ran.output, text) : null;
      if (halt !== null) onHalt(text);
      if (output !== null) onOutput?.(toolCallId, output);
      return text;
    } catch (error) {
      // Core continues after an error of a tool unless the error is marked as fatal.
      if (limits.signal.aborted) throw Object.assign(abortError(), { fatal: true });
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}

function progressJson(value: unknown): string {
  // Undefined for a function, for example, in spite of its type.
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) throw new Error("A tool can only report what can be sent as JSON.");
  if (json.length > maxProgressChars) {
    throw new Error(
      `A tool reported ${json.length} characters of JSON; at most ${maxProgressChars} can be shown. Return what is longer as its output.`,
    );
  }
  return toStorable(json);
}

/**
 * What is stored of a value that a tool has returned, beside the text that the model is told: its JSON, unless that is
 * the text. Null when the value is the text, and for one that is too long or no value at all.
 */
export function storedOutput(output: unknown, text: string): string | null {
  if (output === undefined || output === text) return null;
  // Undefined for a function or a symbol, in spite of its type.
  const json: string | undefined = JSON.stringify(output);
  if (json === undefined || json.length > maxOutputChars) return null;
  return json === text ? outputIsResult : json;
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

/** What the model is told of a long result. */
export function cutResult(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const kept = cutText(text, maxChars);
  return `${kept}\n\n[The result was cut: it has ${text.length} characters, and the first ${kept.length} are shown.]`;
}
