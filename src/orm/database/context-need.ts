import { isUnavailable } from "./prisma-errors.ts";

/** Two refusals outside of any context within this time, in milliseconds, say that the client needs one. */
const refusalWindowMs = 10_000;

/**
 * Whether a client may look at the `AsyncLocalStorage` context of a query, for row-level security or to choose a tenant's
 * database, as far as is known. A client with an extension of queries counts as one that does. For any other it becomes
 * known when a query gets less outside of any context than in one.
 */
export class ContextNeed {
  #isKnown: boolean;
  #refusedAt = -Infinity;

  /** @param isKnown whether the client itself says so. */
  constructor(isKnown: boolean) {
    this.#isKnown = isKnown;
  }

  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** Called when a query in a context has found what the same query outside of any context has not. */
  noteChoice(): void {
    this.#isKnown = true;
  }

  /**
   * Called with the error of a query outside of any context that then succeeded in one. An outage can look like that,
   * but not twice in a short time.
   */
  noteRefusal(error: unknown): void {
    if (isUnavailable(error)) return;
    const now = performance.now();
    if (now - this.#refusedAt < refusalWindowMs) this.#isKnown = true;
    this.#refusedAt = now;
  }
}
