import type { Env, StateBlock, StateInline } from "markdown-it";

/** What the rules know about the text around the one that they parse. */
export interface SyntaxEnv extends Env {
  /** The link definitions of the whole text. */
  references: NonNullable<Env["references"]>;
  /** The labels of the text's footnotes. */
  readonly footnotes: ReadonlySet<string>;
  /** Whether the text may go on, because it streams or was cut off. */
  readonly isOpen: boolean;
  /** Whether the paragraph that is being parsed is the last one of an open text. */
  isTail: boolean;
}

export function isOpen({ env }: StateBlock | StateInline): boolean {
  return env["isOpen"] === true;
}

/** Whether the text that is being parsed ends where an open text ends. */
export function isTail(state: StateInline): boolean {
  return state.env["isTail"] === true && state.posMax === state.src.length;
}

/** Footnote labels are the same if they differ only in case. */
export function normalizeLabel(label: string): string {
  return label.toLowerCase();
}
