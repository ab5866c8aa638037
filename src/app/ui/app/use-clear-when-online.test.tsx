import { renderHook } from "@testing-library/react";
import { ChatHookError } from "node-llm-trpc/react";
import { expect, it, vi } from "vitest";
import { useClearWhenOnline } from "./use-clear-when-online.ts";

it("clears only the error of a request that did not reach the server", () => {
  const clear = vi.fn<() => void>();
  const { rerender } = renderHook<void, { readonly code: string | null }>(
    ({ code }) => useClearWhenOnline(code === null ? null : new ChatHookError(code, "No."), clear),
    { initialProps: { code: "FORBIDDEN" } },
  );
  window.dispatchEvent(new Event("online"));
  rerender({ code: null });
  window.dispatchEvent(new Event("online"));
  expect(clear).not.toHaveBeenCalled();
  rerender({ code: "NETWORK" });
  window.dispatchEvent(new Event("online"));
  expect(clear).toHaveBeenCalledOnce();
});
