import type { Passage } from "./passage.ts";
import { firstBlocks } from "./split-markdown.ts";

/** How much of the first passage, and of each further one, is quoted; in characters. */
const quoteLength = { first: 1_100, further: 500 };

const signature = `> I am the **offline model**: I only quote the documentation of this package, whatever my instructions are. For a real model, set one of \`OPENAI_API_KEY\`, \`ANTHROPIC_API_KEY\`, \`GEMINI_API_KEY\` or \`OLLAMA_API_BASE\` and start the demo again.`;

/** A Markdown answer made of the passages, with the names of their documents. */
export function composeAnswer(question: string, passages: readonly Passage[]): string {
  const [first, ...further] = passages.slice(0, 3);
  if (first === undefined) return nothingFound(question);
  return [
    `This is what the documentation says about it, from ${names(passages.slice(0, 3))}.`,
    quote(first, quoteLength.first),
    ...further.map((passage) => quote(passage, quoteLength.further)),
    signature,
  ].join("\n\n");
}

/** Says that files are not read here. */
export function answerFiles(files: readonly string[]): string {
  return [
    `I got ${new Intl.ListFormat("en").format(files)}, and so would a real model: it is stored with your message. I cannot read files.`,
    signature,
  ].join("\n\n");
}

function nothingFound(question: string): string {
  return [
    `I found nothing about “${shorten(question, 80)}” in the documentation of \`node-llm-trpc\`.`,
    "Try other words, such as *router*, *hooks*, *Prisma schema*, *stop*, *resume*, *tools* or *errors*.",
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

function shorten(text: string, length: number): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
