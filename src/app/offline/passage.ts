/** A section of a document, as the search returns it. */
export interface Passage {
  /** The file's path relative to the package root, with forward slashes. */
  readonly document: string;
  /** The path of headings to the section, joined by " › ". */
  readonly heading: string;
  /** The section's Markdown without its heading. */
  readonly text: string;
  /** True for an answer that was written from the section, rather than the section itself. */
  readonly isAnswer?: boolean | undefined;
}

/** A short answer to a question that many people ask, written from a section of the documentation. */
export interface CuratedAnswer {
  /** Ways to ask the question. */
  readonly asks: readonly string[];
  /** Where the documentation says more: the file and the last heading of the section. */
  readonly document: string;
  readonly heading: string;
  /** The answer, in Markdown. */
  readonly text: string;
}
