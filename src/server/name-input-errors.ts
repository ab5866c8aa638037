import { z } from "zod/v4";

interface Outcome {
  readonly ok: boolean;
  readonly error?: Error;
}

/**
 * A middleware: the error of a refused input says in words what is accepted. By itself its text is the validator's
 * list of issues, as JSON; that list stays in `cause`, for the app's error formatter.
 */
export async function nameInputErrors<Result extends Outcome>({
  next,
}: {
  next: () => Promise<Result>;
}): Promise<Result> {
  const result = await next();
  const cause = result.error?.cause;
  if (result.error !== undefined && cause instanceof z.ZodError) {
    result.error.message = cause.issues.map((issue) => issue.message).join(" ");
  }
  return result;
}
