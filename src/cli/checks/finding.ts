/** What a check of `doctor` found. */
export interface Finding {
  /** `skipped`: could not be checked, and `text` says why. `note`: worth knowing, nothing to do. */
  readonly status: "ok" | "problem" | "skipped" | "note";
  readonly text: string;
  /** For a problem: what to do about it. */
  readonly todo?: string;
}
