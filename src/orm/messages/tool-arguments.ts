/**
 * The arguments of a stored tool call, as JSON. @node-llm/orm has stored them encoded twice: as JSON inside of a JSON
 * text.
 */
export function argumentsJson(stored: string): string {
  const outer = parsed(stored);
  if (typeof outer !== "string") return stored;
  const inner = parsed(outer);
  return typeof inner === "object" && inner !== null ? outer : stored;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
