import { defineTool } from "node-llm-trpc/server";
import { z } from "zod";

/** Tools during or after which a process is killed: one that the page runs, one that never ends, and one that ends. */
const killedTools = [
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
  defineTool({
    name: "note",
    description: "Notes where something was found",
    inputSchema: z.object({}),
    execute: (_input, { writeData }) => {
      writeData({ name: "source", id: "s1", data: { title: "A map" } });
      return "Noted";
    },
  }),
] as const;

/** The options of the routers whose process is killed, and of those that recover their answers. */
export const killedOptions = {
  scope: "everyone",
  tools: killedTools,
  data: { source: z.object({ title: z.string() }) },
} as const;

/** The schema of answers that are corrected when their process is killed. */
export const killedSchema = z.object({ city: z.string() });
