import { expect, it, onTestFinished, vi } from "vitest";
import { warnServerless } from "./warn-serverless.ts";

it("says once that a serverless platform has to wait for answers", () => {
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  onTestFinished(() => warn.mockRestore());
  warnServerless(undefined, {});
  warnServerless(() => {}, { VERCEL: "1" });
  expect(warn).not.toHaveBeenCalled();
  warnServerless(undefined, { AWS_LAMBDA_FUNCTION_NAME: "chat" });
  warnServerless(undefined, { VERCEL: "1" });
  expect(warn.mock.calls).toEqual([[expect.stringMatching(/^node-llm-trpc: AWS.*`background`/)]]);
});
