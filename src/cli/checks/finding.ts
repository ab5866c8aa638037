/** The result of one check of `doctor`. */
export interface Finding {
  /**
   * `problem`: something to fix. `skipped`: not checked, for the reason in `text`. `note`: worth knowing,
   * but nothing to fix.
   */
  readonly status: "ok" | "problem" | "skipped" | "note";
  readonly text: string;
  /** How to fix a problem. */
  readonly todo?: string;
}
