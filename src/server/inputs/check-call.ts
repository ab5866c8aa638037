import { safe } from "../errors.ts";
import type { BoundedCall, InputBounds } from "./bounded-input.ts";
import { boundedInput } from "./bounded-input.ts";
import type { MiddlewareResult } from "./describe-input-errors.ts";
import { describeInputErrors } from "./describe-input-errors.ts";

/**
 * Creates the middleware of all procedures: it waits until the router can be called, refuses an input that is too large,
 * and makes the errors of others readable. It is one, because tRPC copies the options of a call several times for each.
 *
 * @param ready rejects when the router cannot be called.
 */
export function checkCall(
  bounds: InputBounds,
  ready: () => Promise<void>,
): <Result extends MiddlewareResult>(call: BoundedCall<Result>) => Promise<Result> {
  const checkInput = boundedInput(bounds);
  return (call) =>
    describeInputErrors({
      next: async () => {
        await safe(ready);
        return checkInput(call);
      },
    });
}
