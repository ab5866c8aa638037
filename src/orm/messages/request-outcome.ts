/** How one call of a provider ended, as the ledger records it. */
export interface RequestOutcome {
  readonly provider: string;
  readonly model: string;
  /** The HTTP status; 499 when we ended the call, 0 when no response came. */
  readonly statusCode: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars; null when the price is not known. */
  readonly cost: number | null;
  readonly errorCode: string | null;
}
