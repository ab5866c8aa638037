import type { ToolDefinition } from "@node-llm/core";

/** Defines a tool that takes any object as its arguments. */
export function tool(name: string, handler: (args: unknown) => Promise<string>): ToolDefinition {
  return {
    type: "function",
    function: { name, description: name, parameters: { type: "object", properties: {} } },
    handler,
  };
}
