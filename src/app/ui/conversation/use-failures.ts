import { useEffect, useState } from "react";

const key = "failures";

/** Why a question got no answer. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** The failures by the ids of their questions. */
export type Failures = Readonly<Record<string, Failure>>;

/** How many are kept, so that they don't fill the storage. */
const maxFailures = 50;

/**
 * Remembers why questions have no answer, also after others were asked and the page was loaded again: the server keeps no
 * answer that failed before its first word.
 *
 * @param questionId the question that has failed now, or null
 */
export function useFailures(questionId: string | null, failure: Failure | null): Failures {
  const [failures, setFailures] = useState<Failures>({});
  useEffect(() => setFailures(read()), []);
  const code = failure?.code;
  const message = failure?.message;
  useEffect(() => {
    if (questionId === null || code === undefined || message === undefined) return;
    setFailures((before) => {
      const all = Object.entries({ ...read(), ...before, [questionId]: { code, message } });
      const next = Object.fromEntries(all.slice(-maxFailures));
      write(next);
      return next;
    });
  }, [questionId, code, message]);
  return failures;
}

/** If storage is disabled, they are known as long as the page is open. */
function read(): Failures {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(key) ?? "{}");
    return isFailures(stored) ? stored : {};
  } catch {
    return {};
  }
}

function isFailures(value: unknown): value is Failures {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every(
      (failure: unknown) =>
        typeof failure === "object" &&
        failure !== null &&
        "message" in failure &&
        typeof failure.message === "string",
    )
  );
}

function write(failures: Failures): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(failures));
  } catch {
    // See above.
  }
}
