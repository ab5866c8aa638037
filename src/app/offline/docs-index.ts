import MiniSearch from "minisearch";
import type { CuratedAnswer, Passage } from "./passage.ts";
import { queryTerms, stem } from "./query-terms.ts";

/** How much of a question an answer must be about, and how much of one of its phrasings the question must have. */
const minCovered = 0.6;

/** A section whose text has fewer of the question's words only looks as if it were about it. */
const minWords = 0.6;

/** An in-memory full-text index of passages, and of answers to the questions that many people ask. */
export class DocsIndex {
  readonly #passages: readonly Passage[];
  readonly #index: MiniSearch<Passage & { id: number }>;
  readonly #answers: readonly { readonly passage: Passage; readonly asks: readonly Terms[] }[];

  constructor(passages: readonly Passage[], answers: readonly CuratedAnswer[] = []) {
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
    this.#answers = answers.map(({ asks, ...passage }) => ({
      passage: { ...passage, isAnswer: true },
      asks: asks.map(termsOf),
    }));
  }

  /**
   * Returns the passages that best answer a question, best first. A curated answer comes first, if one fits.
   */
  search(question: string, limit = 3): Passage[] {
    const answer = this.#findAnswer(termsOf(question));
    const sections = this.#searchSections(question);
    return [...(answer === null ? [] : [answer]), ...sections].slice(0, limit);
  }

  #findAnswer(terms: Terms): Passage | null {
    if (terms.size === 0) return null;
    let best: { readonly score: number; readonly passage: Passage } | null = null;
    for (const { passage, asks } of this.#answers) {
      const all = new Set(asks.flatMap((ask) => [...ask]));
      const covered = overlap(terms, all) / terms.size;
      for (const ask of asks) {
        const asked = overlap(terms, ask) / ask.size;
        if (covered < minCovered || asked < minCovered) continue;
        const score = covered + asked;
        if (best === null || score > best.score) best = { score, passage };
      }
    }
    return best?.passage ?? null;
  }

  #searchSections(question: string): Passage[] {
    const terms = queryTerms(question);
    if (terms.length === 0) return [];
    const results = this.#index.search(terms.join(" "));
    const best = results[0]?.score ?? 0;
    return results
      .filter((result) => new Set(result.queryTerms).size >= terms.length * minWords)
      .filter((result) => result.score >= best * 0.5)
      .flatMap((result) => this.#passages[Number(result.id)] ?? []);
  }
}

/** The stems of a text's keywords. */
type Terms = ReadonlySet<string>;

function termsOf(text: string): Terms {
  return new Set(queryTerms(text).map(stem));
}

function overlap(some: Terms, others: Terms): number {
  return [...some].filter((term) => others.has(term)).length;
}
