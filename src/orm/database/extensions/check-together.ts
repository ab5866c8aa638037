import type { Refuse } from "../client/list-extensions.ts";
import type { Probe } from "./catch.ts";
import type { ClientProbe } from "./client-probe.ts";

/**
 * Sends a question and a change of its chat together.
 *
 * @throws ChatError `CONFIGURATION` when they do not arrive in one transaction.
 */
export async function checkTogether(
  probe: ClientProbe,
  question: Probe,
  refuse: Refuse,
): Promise<void> {
  const opening = [question, probe.anchor];
  const isTogether =
    (await probe.write(probe.anchor, opening)) !== null &&
    (await probe.writeTogether(question, opening)) !== null;
  if (isTogether) return;
  throw refuse(ownTransactions);
}

/** The reason for a refusal. */
export const ownTransactions =
  "runs statements in transactions of their own, so that a question and its answer cannot be written together. " +
  "Pass a client without it, and limit what callers see with `scope`.";
