import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeServerError } from "../../../test/support/fakes/fake-chat-server.ts";
import { retryUnreached } from "./retry-unreached.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test("a request that does not reach the server is made three times", async () => {
  const error = new TypeError("Failed to fetch");
  const request = vi.fn<() => Promise<string>>().mockRejectedValue(error);
  const result = retryUnreached(request).catch((cause: unknown) => cause);
  await vi.advanceTimersByTimeAsync(299);
  expect(request).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1_001);
  expect(request).toHaveBeenCalledTimes(3);
  expect(await result).toBe(error);
});

test("a response ends the attempts, and so does a refusal", async () => {
  const request = vi.fn<() => Promise<string>>();
  request.mockRejectedValueOnce(new TypeError("Failed to fetch")).mockResolvedValueOnce("done");
  const result = retryUnreached(request);
  await vi.advanceTimersByTimeAsync(300);
  expect(await result).toBe("done");
  request.mockRejectedValueOnce(new FakeServerError("CONFLICT"));
  await expect(retryUnreached(request)).rejects.toThrow("CONFLICT");
  expect(request).toHaveBeenCalledTimes(3);
});
