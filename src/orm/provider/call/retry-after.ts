import { setTimeout as delay } from "node:timers/promises";
import { abortReason } from "../../../shared/abortable.ts";

/** A provider that asks to wait longer is not asked again. */
const maxWaitMs = 60_000;

/**
 * Holds NodeLLM's next attempt back until the time that the provider has asked for with `Retry-After`, which most of
 * core's providers do not read.
 */
export class RetryAfter {
  #until = -Infinity;
  #refusal: { readonly error: unknown } | null = null;

  /** Notes what a failed attempt was told. Null when it was told nothing. */
  note(error: unknown, retryAfterMs: number | null): void {
    if (retryAfterMs === null) return;
    this.#until = performance.now() + retryAfterMs;
    // NodeLLM may wait for the same time, and would then make another attempt.
    if (error instanceof Error && "retryAfter" in error) error.retryAfter = 0;
    this.#refusal = retryAfterMs > maxWaitMs ? { error } : null;
  }

  /**
   * Waits until the next attempt may be made.
   *
   * @throws the error of the last attempt when that would take too long, or the signal's reason.
   */
  async wait(signal: AbortSignal): Promise<void> {
    if (this.#refusal !== null) throw this.#refusal.error;
    const ms = this.#until - performance.now();
    if (ms <= 0) return;
    try {
      await delay(ms, undefined, { signal });
    } catch {
      throw abortReason(signal);
    }
  }
}
