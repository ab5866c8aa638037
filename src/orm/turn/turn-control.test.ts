import { expect, it } from "vitest";

import { TurnControl } from "./turn-control.ts";

it.each(["stop", "interrupt", "lose"] as const)("aborts with an AbortError on %s", (method) => {
  const control = new TurnControl();
  expect(control.signal.aborted).toBe(false);
  control[method]();
  expect(control.signal.reason).toMatchObject({ name: "AbortError" });
});

it("keeps the strongest reason, in whichever order they come", () => {
  const rising = new TurnControl();
  expect(rising.reason).toBeNull();
  rising.interrupt();
  expect(rising.reason).toBe("interrupted");
  rising.stop();
  expect(rising.reason).toBe("stopped");
  rising.lose();
  expect(rising.reason).toBe("lost");

  const falling = new TurnControl();
  falling.lose();
  falling.stop();
  falling.interrupt();
  expect(falling.reason).toBe("lost");
});

it("aborts with the first error, and gives no outside reason for it", () => {
  const control = new TurnControl();
  const error = new Error("no disk");
  control.fail(error);
  control.fail(new Error("later"));
  expect(control.signal.reason).toBe(error);
  expect(control.reason).toBeNull();
});
