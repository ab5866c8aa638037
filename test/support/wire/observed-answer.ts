/** What became of an answer, in whichever way it was asked for. */
export interface ObservedAnswer {
  readonly status: string | null;
  readonly content: string | null;
  readonly thinking: string | null;
  readonly finishReason: string | null;
  /** Null for an answer without an error. Rows do not say whether it is retryable. */
  readonly error: { readonly code: string; readonly retryable?: boolean } | null;
  readonly toolCalls: readonly {
    readonly id: string;
    readonly name: string;
    readonly arguments: unknown;
    readonly status: string | null;
  }[];
  readonly usage: {
    readonly inputTokens: number | null;
    readonly outputTokens: number | null;
    readonly cost: number | null;
  };
}
