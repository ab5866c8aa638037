/** A section of a document: what the search finds and the answer quotes. */
export interface Passage {
  /** The file's path from the root of the package, with forward slashes. */
  readonly document: string;
  /** The headings that lead to the section, joined by " › ". */
  readonly heading: string;
  /** Markdown, without the section's own heading. */
  readonly text: string;
}
