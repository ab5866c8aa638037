import type { Passage } from "./passage.ts";
import { firstBlocks } from "./split-markdown.ts";

/** How much to quote of a section, in characters. */
const quoteLength = 700;

const signature = `> I’m the **offline model**: I answer from this package’s documentation, and I ignore instructions. To talk to a real model, set \`OPENAI_API_KEY\`, \`ANTHROPIC_API_KEY\`, \`GEMINI_API_KEY\` or \`OLLAMA_API_BASE\` and restart the demo.`;

/**
 * Writes a Markdown answer.
 *
 * @param passages what the search found, best first
 * @param isFirst whether it is the first answer of the chat, in which the model says who it is
 */
export function composeAnswer(
  question: string,
  passages: readonly Passage[],
  isFirst: boolean,
): string {
  const [first] = passages;
  const ending = isFirst ? [signature] : [];
  if (first === undefined) return [nothingFound(question), ...ending].join("\n\n");
  const source = `*From \`${first.document}\`, “${lastHeading(first)}”.*`;
  if (first.isAnswer === true) return [first.text, source, ...ending].join("\n\n");
  return [
    "I have no ready answer to that. This section of the documentation comes closest:",
    `### ${lastHeading(first)}`,
    firstBlocks(first.text, quoteLength),
    source,
    ...ending,
  ].join("\n\n");
}

/** Explains that the offline model can't read files. */
export function answerFiles(files: readonly string[]): string {
  return [
    `I received ${new Intl.ListFormat("en").format(files)}, but I can’t read files. A real model could, since your files are stored with your message.`,
    signature,
  ].join("\n\n");
}

function nothingFound(question: string): string {
  return [
    `I don’t know. The documentation of \`node-llm-trpc\` says nothing about “${truncate(question, 80)}”, and I know nothing else.`,
    "Ask me about the *router*, the *hooks*, *tools*, *scope*, *cost*, *Redis*, *deployment* or *tests*, for example.",
  ].join("\n\n");
}

function lastHeading({ heading, document }: Passage): string {
  return heading.split(" › ").at(-1) ?? document;
}

function truncate(text: string, length: number): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
