import { cutText } from "../../shared/cut-text.ts";

const maxChars = 80;

/** The title of a chat until it gets a better one: the first line of its first question. Null when that is empty. */
export function provisionalTitle(question: string): string | null {
  const line = question.trim().split("\n", 1)[0]?.trim() ?? "";
  if (line === "") return null;
  return line.length > maxChars ? `${cutText(line, maxChars - 1).trimEnd()}…` : line;
}
