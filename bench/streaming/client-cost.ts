import { applyEvent } from "../../src/chat/apply-event.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import { median } from "../lib/quantile.ts";

const events = 20_000;

/**
 * Measures the microseconds that a client needs for one event.
 *
 * @param prefix how many characters the answer already has.
 */
export function measureClient(prefix: number, rounds: number): number {
  return median(Array.from({ length: rounds + 1 }, () => measureRound(prefix)).slice(1));
}

function measureRound(prefix: number): number {
  let message = fakeMessage({ id: "m", status: "streaming", content: "x".repeat(prefix) });
  const start = performance.now();
  for (let index = 0; index < events; index++) {
    message = applyEvent(message, { type: "text", at: message.content.length, text: "word " });
  }
  return ((performance.now() - start) / events) * 1000;
}
