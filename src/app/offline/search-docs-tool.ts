import { defineTool } from "node-llm-trpc/server";
import { z } from "zod";
import type { DocsIndex } from "./docs-index.ts";
import type { Passage } from "./passage.ts";

export const searchDocsName = "search_docs";

const passages = z.array(
  z.object({
    document: z.string(),
    heading: z.string(),
    text: z.string(),
    isAnswer: z.boolean().optional(),
  }),
);

/** How much of the documentation has been read, in documents. */
const progress = z.object({ read: z.number(), documents: z.number() });

/** Where an answer comes from, which the page shows below the search. */
export const sourcesSchema = z.array(z.object({ document: z.string(), heading: z.string() }));

/** Opens the index, and reports how much of the documentation has been read. */
export type OpenIndex = (
  report: (progress: { read: number; documents: number }) => void,
) => Promise<DocsIndex>;

/** Creates a tool that searches this package's documentation. It finds nothing if nothing matches. */
export function createSearchDocsTool(open: OpenIndex) {
  return defineTool({
    name: searchDocsName,
    description:
      "Searches the documentation of the npm package node-llm-trpc and returns the best matching passages.",
    inputSchema: z.object({ query: z.string().describe("What to look for, in a few words.") }),
    outputSchema: passages,
    progressSchema: progress,
    execute: async ({ query }, { report, writeData, toolCallId }) => {
      const found = (await open(report)).search(query);
      // Two passages below headings of the same name are one source.
      const sources = found.map(({ document, heading }) => ({ document, heading }));
      const nameOf = (one: { document: string; heading: string }) =>
        `${one.document} ${one.heading.split(" › ").at(-1) ?? ""}`;
      const data = [...new Map(sources.map((one) => [nameOf(one), one])).values()];
      if (data.length > 0) writeData({ name: "sources", id: toolCallId, data });
      return found;
    },
  });
}

/** Parses what the model was told of the tool's result. Returns null if it is something else, such as an error. */
export function parsePassages(result: string): readonly Passage[] | null {
  return parseAs(passages, result);
}

/** Parses JSON that has to fit a schema. Returns null if it does not. */
export function parseAs<Value>(schema: z.ZodType<Value>, text: string): Value | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
