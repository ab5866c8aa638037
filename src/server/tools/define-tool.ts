import type { DefinedTool, ToolOptions } from "./chat-tool.ts";
import { ChatTool } from "./chat-tool.ts";
import type { ToolSchema } from "./tool-schema.ts";

/** Defines a tool whose `execute` gets a context of this type. */
export type ToolFactory<Context> = <
  const Name extends string,
  Input extends ToolSchema,
  Result,
  Output extends ToolSchema | undefined = undefined,
  Progress extends ToolSchema | undefined = undefined,
>(
  options: ToolOptions<Context, Name, Input, Output, Progress, Result>,
) => ChatTool<DefinedTool<Name, Input, Output, Progress, Result>, Context>;

/**
 * Returns a function that defines tools for a chat router with this context, or with one that has more in it.
 *
 * @example
 * ```ts
 * import { createToolFactory } from "node-llm-trpc/server";
 *
 * const tool = createToolFactory<{ user: { id: string } }>();
 *
 * export const listOrders = tool({
 *   name: "list_orders",
 *   description: "The user's orders",
 *   inputSchema: z.object({ open: z.boolean() }),
 *   execute: ({ open }, { ctx }) => findOrders(ctx.user.id, open),
 * });
 * ```
 */
export function createToolFactory<Context>(): ToolFactory<Context> {
  return (options) => new ChatTool(options);
}

/**
 * Defines a tool that needs nothing of the router's context. Its name, arguments and output are types of the router, and
 * so of every client.
 *
 * @throws ChatError `CONFIGURATION` for JSON Schema of anything but an object.
 *
 * @example
 * ```ts
 * import { defineTool } from "node-llm-trpc/server";
 *
 * const getWeather = defineTool({
 *   name: "get_weather",
 *   description: "The weather in a city",
 *   inputSchema: z.object({ city: z.string() }),
 *   execute: async ({ city }, { signal }) => readWeather(city, signal),
 * });
 * ```
 */
export const defineTool: ToolFactory<unknown> = createToolFactory<unknown>();
