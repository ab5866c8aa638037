import type { ToolDefinition } from "@node-llm/core";
import type { DocsIndex } from "./docs-index.ts";
import type { Passage } from "./passage.ts";

export const searchDocsName = "search_docs";

/**
 * Creates a tool that searches this package's documentation. Its result is a JSON array of
 * {@link Passage}, which is empty if nothing matches.
 */
export function createSearchDocsTool(index: () => Promise<DocsIndex>): ToolDefinition {
  return {
    type: "function",
    function: {
      name: searchDocsName,
      description:
        "Searches the documentation of the npm package node-llm-trpc and returns the best matching passages.",
      parameters: {
        type: "object",
        properties: {
          query: { type: "string", description: "What to look for, in a few words." },
        },
        required: ["query"],
        additionalProperties: false,
      },
    },
    handler: async (args) => JSON.stringify((await index()).search(readQuery(args)), null, 2),
  };
}

/** Parses the tool's result. Returns null if it is something else, such as an error. */
export function parsePassages(result: string): Passage[] | null {
  try {
    const value: unknown = JSON.parse(result);
    return Array.isArray(value) && value.every(isPassage) ? value : null;
  } catch {
    return null;
  }
}

function readQuery(args: unknown): string {
  if (typeof args === "object" && args !== null && "query" in args) {
    if (typeof args.query === "string") return args.query;
  }
  throw new TypeError('search_docs needs {"query": "…"}.');
}

function isPassage(value: unknown): value is Passage {
  return (
    typeof value === "object" &&
    value !== null &&
    ["document", "heading", "text"].every(
      (key) => typeof (value as Record<string, unknown>)[key] === "string",
    )
  );
}
