import type { ToolDefinition, ToolResolvable } from "@node-llm/core";
import { Tool, ToolHalt, z } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import { abortable, abortError } from "../../shared/abortable.ts";
import { toStorable } from "../database/storable-text.ts";
import type { ToolParameters } from "./tool-parameters.ts";
import { toToolParameters } from "./tool-parameters.ts";

interface ToolLimits {
  /** Milliseconds. */
  readonly timeout: number;
  /** Longer results are cut. */
  readonly maxResultChars: number;
  readonly signal: AbortSignal;
  /** A tool ends the answer with a text. */
  readonly onHalt: (text: string) => void;
}

type Handler = (args: unknown) => Promise<unknown>;

/**
 * The tools as core takes them, with a parameter schema that every provider understands, arguments that were
 * checked against it, and an end to each call and each result.
 *
 * @throws ChatError `CONFIGURATION` for a tool that cannot be called or described.
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

/** Also of a second copy of core, whose class is another one. */
function isToolInstance(tool: Tool | ToolDefinition): tool is Tool {
  return tool instanceof Tool || ("toLLMTool" in tool && typeof tool.toLLMTool === "function");
}

function toHandler(tool: Tool | ToolDefinition, parameters: ToolParameters): Handler {
  if (isToolInstance(tool)) {
    // An instance's own handler turns what `execute` throws into a result that the model can read. Nobody
    // but its schema knows that the model has sent what it asks for.
    const run: Handler = (args) => tool.handler(args as Record<string, unknown>);
    // It checks the arguments itself, but only against core's own zod.
    return tool.schema instanceof z.ZodType ? run : withCheckedArguments(run, parameters);
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
  const { timeout, signal, maxResultChars, onHalt } = limits;
  return async (args): Promise<string> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const message = `The tool did not answer within ${timeout / 1000} s.`;
      timer = setTimeout(() => reject(new Error(message)), timeout);
    });
    try {
      signal.throwIfAborted();
      const result = await abortable(Promise.race([handler(args), late]), signal);
      // Core ignores a halt in a stream, so it is carried out here, the same way for both.
      const halt = haltText(result);
      const text = cut(toStorable(halt ?? toText(result)), maxResultChars);
      if (halt !== null) onHalt(text);
      return text;
    } catch (error) {
      // Core goes on after a tool's error, unless that says that it is fatal.
      if (signal.aborted) throw Object.assign(abortError(), { fatal: true });
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Also of a second copy of core. */
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
  const kept = text.slice(0, maxChars).replace(/[\uD800-\uDBFF]$/, "");
  return `${kept}\n\n[The result was cut: it has ${text.length} characters, and the first ${kept.length} are shown.]`;
}
