import { Lexer } from "marked";

/** More text can still change the last two blocks: a list continues, a paragraph becomes a heading. */
const unsettledBlocks = 2;

/**
 * Splits a Markdown text into its top-level blocks. When the text grows, only its end is parsed again,
 * so the cost of a chunk does not depend on the length of the text.
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
