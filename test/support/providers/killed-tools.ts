import { defineTool } from "node-llm-trpc/server";
import { z } from "zod";

/** Tools during which a process is killed: one that the page runs, and one that never ends. */
export const killedTools = [
  defineTool({
    name: "locate",
    description: "Where the user is",
    inputSchema: z.object({}),
    outputSchema: z.object({ city: z.string() }),
    toModelOutput: ({ city }) => `In ${city}`,
  }),
  defineTool({
    name: "work",
    description: "Works for ever",
    inputSchema: z.object({}),
    progressSchema: z.object({ done: z.number() }),
    execute: async (_input, { report }) => {
      report({ done: 1 });
      report({ done: 2 });
      return await new Promise<string>(() => undefined);
    },
  }),
] as const;
