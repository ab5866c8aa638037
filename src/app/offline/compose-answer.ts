import type { Passage } from "./passage.ts";
import { firstBlocks } from "./split-markdown.ts";

/** How much to quote of the first passage and of each further one, in characters. */
const quoteLength = { first: 1_100, further: 500 };

const signature = `> I’m the **offline model**, so I can only quote this package’s documentation, and I ignore instructions. To talk to a real model, set \`OPENAI_API_KEY\`, \`ANTHROPIC_API_KEY\`, \`GEMINI_API_KEY\` or \`OLLAMA_API_BASE\` and restart the demo.`;

/** Writes a Markdown answer that quotes the passages and names their documents. */
export function composeAnswer(question: string, passages: readonly Passage[]): string {
  const [first, ...further] = passages.slice(0, 3);
  if (first === undefined) return nothingFound(question);
  return [
    `Here’s what the documentation says, from ${names(passages.slice(0, 3))}.`,
    quote(first, quoteLength.first),
    ...further.map((passage) => quote(passage, quoteLength.further)),
    signature,
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
    `I couldn’t find anything about “${truncate(question, 80)}” in the \`node-llm-trpc\` documentation.`,
    "Try keywords like *router*, *hooks*, *Prisma schema*, *stop*, *resume*, *tools* or *errors*.",
    signature,
  ].join("\n\n");
}

function quote(passage: Passage, length: number): string {
  const title = passage.heading.split(" › ").at(-1) ?? passage.document;
  return `### ${title}\n\n${firstBlocks(passage.text, length)}\n\n*${passage.document}*`;
}

function names(passages: readonly Passage[]): string {
  const documents = [...new Set(passages.map((passage) => `\`${passage.document}\``))];
  return new Intl.ListFormat("en").format(documents);
}

function truncate(text: string, length: number): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
