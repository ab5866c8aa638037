import type { ToolDefinition, ToolHalt, ToolResolvable } from "@node-llm/core";
import { Tool } from "@node-llm/core";
import { z } from "zod/v4";
import { ChatError } from "../chat/chat-error.ts";
import { abortable } from "./abortable.ts";

interface ToolLimits {
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/**
 * The tools as core takes them, with a parameter schema that every provider understands and an end to each
 * call. Core turns a zod 4 schema into an empty one without a word; here it becomes JSON Schema first.
 */
export function resolveTools(
  tools: readonly ToolResolvable[],
  limits: ToolLimits,
): ToolDefinition[] {
  return tools.map((tool) => withLimits(toDefinition(tool), limits));
}

function toDefinition(tool: ToolResolvable): ToolDefinition {
  const instance = typeof tool === "function" ? new tool() : tool;
  if (!isToolInstance(instance)) {
    if (typeof instance.handler !== "function") {
      throw new ChatError(
        "CONFIGURATION",
        `The tool '${instance.function.name}' has no handler function.`,
      );
    }
    return {
      ...instance,
      function: { ...instance.function, parameters: toParameters(instance.function.parameters) },
    };
  }
  const schema: unknown = instance.schema;
  if (!isZod4(schema)) return instance.toLLMTool();
  return {
    type: "function",
    function: {
      name: instance.name,
      description: instance.description,
      ...(instance.strict === undefined ? {} : { strict: instance.strict }),
      parameters: toParameters(schema),
    },
    handler: async (args) => {
      const parsed = schema.safeParse(args);
      if (!parsed.success) return `Invalid tool arguments: ${parsed.error.message}`;
      // What the schema has parsed is what the tool declares to take.
      return instance.handler(parsed.data as Record<string, unknown>);
    },
  };
}

/** Also of a second copy of core, whose class is another one. */
function isToolInstance(tool: Tool | ToolDefinition): tool is Tool {
  return tool instanceof Tool || ("toLLMTool" in tool && typeof tool.toLLMTool === "function");
}

function isZod4(schema: unknown): schema is z.ZodType {
  return typeof schema === "object" && schema !== null && "_zod" in schema;
}

function toParameters(schema: unknown): Record<string, unknown> {
  if (!isZod4(schema)) {
    // A raw tool's parameters are JSON Schema by core's type.
    return schema as Record<string, unknown>;
  }
  const { $schema: _dialect, ...parameters } = z.toJSONSchema(schema, { io: "input" });
  return parameters;
}

function withLimits(tool: ToolDefinition, { timeout, signal }: ToolLimits): ToolDefinition {
  const { handler } = tool;
  if (handler === undefined) return tool;
  return {
    ...tool,
    handler: async (args): Promise<string | ToolHalt> => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        const message = `The tool did not answer within ${Math.round(timeout / 1000)} s.`;
        timer = setTimeout(() => reject(new Error(message)), timeout);
      });
      try {
        return await abortable(Promise.race([handler(args), late]), signal);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
