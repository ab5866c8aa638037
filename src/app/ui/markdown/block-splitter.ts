import { Lexer } from "marked";

/** The last blocks of a growing text can still change: a list goes on, a paragraph becomes a heading. */
const unsettledBlocks = 2;

/**
 * Cuts a Markdown text into its top-level blocks. For a text that grows it looks only at the end
 * again, so the cost of a step does not depend on how long the text already is.
 */
export class BlockSplitter {
  #settled: readonly string[] = [];
  #settledText = "";

  split(text: string): readonly string[] {
    if (!text.startsWith(this.#settledText)) {
      this.#settled = [];
      this.#settledText = "";
    }
    const fresh = blocksOf(text.slice(this.#settledText.length));
    const blocks = [...this.#settled, ...fresh];
    const certain = fresh.slice(0, -unsettledBlocks);
    if (certain.length > 0) {
      this.#settled = [...this.#settled, ...certain];
      this.#settledText += certain.join("");
    }
    return blocks;
  }
}

function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  for (const token of new Lexer({ gfm: true }).blockTokens(text, [])) {
    const last = blocks.length - 1;
    if (token.type === "space" && last >= 0) blocks[last] += token.raw;
    else blocks.push(token.raw);
  }
  return blocks;
}
