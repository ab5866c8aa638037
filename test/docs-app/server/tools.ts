import type { ToolDefinition } from "@node-llm/core";
import { Tool, z } from "@node-llm/core";

const schema = z.object({ city: z.string() });

export class WeatherTool extends Tool<z.infer<typeof schema>> {
  name = "get_weather";
  description = "The weather in a city";
  schema = schema;

  async execute({ city }: z.infer<typeof schema>): Promise<string> {
    return `Sunny in ${city}`;
  }
}

export declare const payTool: ToolDefinition;
