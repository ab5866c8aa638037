import type { ToolDefinition } from "@node-llm/core";

import { callText } from "./case-differences.ts";

/** The two tools of the cases, and the calls that they got. */
export interface CaseTools {
  readonly tools: readonly ToolDefinition[];
  /** The calls as `callText` writes them, sorted. */
  runs(): readonly string[];
}

export function createCaseTools(): CaseTools {
  const runs: string[] = [];
  const define = (
    name: string,
    parameter: string,
    required: readonly string[],
  ): ToolDefinition => ({
    type: "function",
    function: {
      name,
      description: `Returns the ${name.slice("get_".length)}`,
      parameters: {
        type: "object",
        properties: { [parameter]: { type: "string" } },
        required: [...required],
      },
    },
    handler: async (args: unknown) => {
      runs.push(callText({ name, arguments: args }));
      return `The result of ${name}`;
    },
  });
  return {
    tools: [define("get_weather", "city", ["city"]), define("get_time", "zone", [])],
    runs: () => runs.toSorted(),
  };
}
