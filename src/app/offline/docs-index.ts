import MiniSearch from "minisearch";
import type { Passage } from "./passage.ts";
import { queryTerms, stem } from "./query-terms.ts";

/** An in-memory full-text index of passages. */
export class DocsIndex {
  readonly #passages: readonly Passage[];
  readonly #index: MiniSearch<Passage & { id: number }>;

  constructor(passages: readonly Passage[]) {
    this.#passages = passages;
    this.#index = new MiniSearch({
      fields: ["heading", "text"],
      processTerm: stem,
      searchOptions: {
        boost: { heading: 2.5 },
        prefix: (term) => term.length > 3,
        fuzzy: (term) => (term.length > 6 ? 0.2 : false),
      },
    });
    this.#index.addAll(passages.map((passage, id) => ({ ...passage, id })));
  }

  /**
   * Returns the passages that best answer a question, best first. Each has at least half of the
   * question's words.
   */
  search(question: string, limit = 4): Passage[] {
    const terms = queryTerms(question);
    if (terms.length === 0) return [];
    const results = this.#index.search(terms.join(" "));
    const best = results[0]?.score ?? 0;
    return results
      .filter((result) => new Set(result.queryTerms).size >= terms.length / 2)
      .filter((result) => result.score >= best * 0.3)
      .slice(0, limit)
      .flatMap((result) => this.#passages[Number(result.id)] ?? []);
  }
}
