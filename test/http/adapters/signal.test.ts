import { expect, it, onTestFinished } from "vitest";

import { ForkedProgram } from "../../support/processes/forked-program.ts";
import type { SignalReport } from "../../support/processes/signal-process.ts";

it("aborts the signal of each subscription whose reader leaves, also after garbage was collected", async () => {
  const program = new ForkedProgram<SignalReport>("signal-process.ts", []);
  onTestFinished(() => program.kill("SIGKILL"));
  const { aborted } = await program.reported("counted");
  expect(aborted).toEqual({
    generator: 3,
    iterable: 3,
    context: 3,
    "generator, begun by tRPC": 3,
    "iterable, begun by tRPC": 3,
    "context, begun by tRPC": 3,
  });
  expect(await program.exited).toBe(0);
});
