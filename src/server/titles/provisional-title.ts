import { cutText } from "../../shared/cut-text.ts";

const maxChars = 80;

/** What a chat is called until it has a better title: the first line of its first question, if there is one. */
export function provisionalTitle(question: string): string | null {
  const line = question.trim().split("\n", 1)[0]?.trim() ?? "";
  if (line === "") return null;
  return line.length > maxChars ? `${cutText(line, maxChars - 1).trimEnd()}…` : line;
}
