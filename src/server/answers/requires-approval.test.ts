import type { ToolCall } from "@node-llm/core";
import { expect, it, vi } from "vitest";

import type { ProposedToolCall } from "../chat-router-options.ts";
import { checkApprovalTimeout, requiresApproval } from "./requires-approval.ts";

const call: ToolCall = {
  id: "c1",
  type: "function",
  function: { name: "pay", arguments: '{"amount":5}' },
};
const proposed = { ctx: { userId: "u1" }, chatId: "chat", messageId: "m", call };

it("asks for the tools that are listed", async () => {
  expect(await requiresApproval(["pay", "remove"], proposed)).toBe(true);
  expect(await requiresApproval(["remove"], proposed)).toBe(false);
});

it("passes the call to a function, with its arguments parsed", async () => {
  const needsApproval = vi.fn<(proposed: ProposedToolCall<{ userId: string }>) => boolean>(
    () => true,
  );
  expect(await requiresApproval(needsApproval, proposed)).toBe(true);
  expect(needsApproval).toHaveBeenCalledExactlyOnceWith({
    ctx: { userId: "u1" },
    chatId: "chat",
    messageId: "m",
    toolCallId: "c1",
    name: "pay",
    arguments: { amount: 5 },
  });
});

it.each([undefined, 1, 20 * 86_400_000])("accepts an approval timeout of %s", (timeout) => {
  expect(() => checkApprovalTimeout(timeout)).not.toThrow();
});

it.each([0, -1, Number.NaN, 20 * 86_400_000 + 1, Infinity])(
  "refuses an approval timeout of %s",
  (timeout) => {
    const isRefused = expect.objectContaining({ code: "CONFIGURATION" });
    expect(() => checkApprovalTimeout(timeout)).toThrow(isRefused);
  },
);
