import { act, cleanup } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeChatServer } from "../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import type { ChatPage } from "../../test/support/clients/render-chat.tsx";
import { perform, renderChat, settle } from "../../test/support/clients/render-chat.tsx";
import type { ChatMessage } from "../chat/chat-message.ts";
import type { ChatToolCall } from "../chat/tool-call.ts";
import type { ChatHookError } from "./connection/chat-hook-error.ts";
import type { JsonValue } from "../shared/json-value.ts";
import type { PageToolRun } from "./page-tools.ts";

const hello = fakeMessage({ id: "hello", role: "user", content: "Hello" });

function waiting(...statuses: readonly ChatToolCall["status"][]): ChatMessage {
  const toolCalls = statuses.map((status, index): ChatToolCall => {
    const toolCallId = `c${index}`;
    return {
      toolCallId,
      name: "locate",
      arguments: {},
      output: null,
      progress: null,
      result: null,
      status,
    };
  });
  const parts = toolCalls.map(({ toolCallId }) => ({ type: "tool" as const, toolCallId }));
  // Of another test, a lock could be left.
  const id = crypto.randomUUID();
  return fakeMessage({ id, parentId: "hello", status: "awaiting_output", toolCalls, parts });
}

beforeEach(async () => {
  // Loaded before the clock stops.
  await import("./page-callbacks.ts");
  await import("./session/respond-to-tool.ts");
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

/** A tool that waits in each tab until the test ends it. */
function createTool() {
  const runs: PageToolRun[] = [];
  const ends: ((output?: JsonValue, error?: Error) => void)[] = [];
  return {
    runs,
    ends,
    onToolCall: (run: PageToolRun): Promise<JsonValue | void> => {
      runs.push(run);
      return new Promise((resolve, reject) => {
        ends.push((output, error) => (error ? reject(error) : resolve(output)));
      });
    },
  };
}

async function end(tool: ReturnType<typeof createTool>, output?: JsonValue, error?: Error) {
  await act(async () => {
    tool.ends.at(-1)?.(output, error);
    await vi.advanceTimersByTimeAsync(1);
  });
  await settle(20);
}

test("runs in one of the tabs, and its output goes to the server once", async () => {
  const message = waiting("awaiting_output", "complete");
  const server = new FakeChatServer([hello, message]);
  const tool = createTool();
  const pages = [1, 2, 3].map(() => renderChat(server, tool));
  await settle(1_000);
  expect(tool.runs).toMatchObject([
    { messageId: message.id, toolCall: { toolCallId: "c0", status: "awaiting_output" } },
  ]);
  await end(tool, { city: "Oslo" });
  await settle(1_000);
  expect(server.inputs("respondToTool")).toEqual([
    { messageId: message.id, toolCallId: "c0", output: { city: "Oslo" } },
  ]);
  // The other tabs have not heard of the output when they may begin.
  expect(tool.runs).toHaveLength(1);
  expect(pages[0]?.chat().error).toBeNull();
  expect(pages[0]?.chat().messages.at(-1)?.toolCalls[0]).toMatchObject({
    output: { city: "Oslo" },
  });
});

test("runs once in StrictMode, and in a page with two hooks", async () => {
  const server = new FakeChatServer([hello, waiting("awaiting_output")]);
  const tool = createTool();
  renderChat(server, { ...tool, strict: true });
  const page = renderChat(server, { ...tool, strict: true });
  renderChat(server, { ...tool, queryClient: page.queryClient });
  await settle(1_000);
  expect(tool.runs).toHaveLength(1);
});

test("a tab that is closed in the middle leaves the tool to another one", async () => {
  const server = new FakeChatServer([hello, waiting("awaiting_output")]);
  const tool = createTool();
  const first = renderChat(server, tool);
  await settle(20);
  const second = renderChat(server, tool);
  await settle(20);
  expect(tool.runs).toHaveLength(1);
  first.unmount();
  await settle();
  expect(tool.runs[0]?.signal.aborted).toBe(true);
  // Within one page, the work itself is waited for; a closed tab has none.
  await end(tool);
  expect(tool.runs).toHaveLength(2);
  await end(tool, "later");
  expect(second.chat().messages.at(-1)?.toolCalls[0]).toMatchObject({ output: "later" });
  expect(server.count("respondToTool")).toBe(1);
});

test("a tool that returns nothing keeps the tab until the app has sent its output", async () => {
  const server = new FakeChatServer([hello, waiting("awaiting_output", "awaiting_output")]);
  const tool = createTool();
  const page = renderChat(server, tool);
  renderChat(server, tool);
  await settle(20);
  expect(tool.runs.map(({ toolCall }) => toolCall.toolCallId).toSorted()).toEqual(["c0", "c1"]);
  await end(tool);
  await settle(60_000);
  expect(tool.runs).toHaveLength(2);
  const release = server.hold("respondToTool");
  await perform(() => page.chat().respondToTool({ toolCallId: "c1", output: [1] }));
  await settle(1_000);
  release();
  await settle(1_000);
  expect(tool.runs).toHaveLength(2);
  expect(server.inputs("respondToTool")).toMatchObject([{ toolCallId: "c1", output: [1] }]);
});

test("a tool that fails is an error of the page, and the answer goes on", async () => {
  const server = new FakeChatServer([hello, waiting("awaiting_output")]);
  const tool = createTool();
  const onError = vi.fn<(error: ChatHookError) => void>();
  const page = renderChat(server, { ...tool, onError });
  await settle(20);
  const cause = new Error("Permission denied");
  await end(tool, undefined, cause);
  expect(server.inputs("respondToTool")).toMatchObject([{ toolCallId: "c0", approved: false }]);
  expect(page.chat().messages.at(-1)).toMatchObject({
    status: "streaming",
    toolCalls: [{ status: "denied" }],
  });
  expect(page.chat().error).toMatchObject({ code: "TOOL_FAILED", cause });
  expect(onError).toHaveBeenCalledTimes(1);
});

test("after a stop, its output is not sent", async () => {
  const message = waiting("awaiting_output");
  const server = new FakeChatServer([hello, message]);
  const tool = createTool();
  const page: ChatPage = renderChat(server, tool);
  await settle(20);
  const toolCalls = message.toolCalls.map((call) => ({ ...call, status: "error" as const }));
  server.messages = [hello, { ...message, status: "stopped", toolCalls }];
  await perform(() => page.chat().stop());
  await settle(20);
  expect(tool.runs[0]?.signal.aborted).toBe(true);
  await end(tool, "too late");
  expect(server.count("respondToTool")).toBe(0);
  expect(page.chat().error).toBeNull();
});

test("waits where no hook runs tools, and a hook that comes later runs it", async () => {
  const server = new FakeChatServer([hello, waiting("awaiting_output")]);
  const page = renderChat(server);
  await settle(1_000);
  expect(page.chat().status).toBe("ready");
  const tool = createTool();
  renderChat(server, { ...tool, queryClient: page.queryClient });
  await settle(20);
  expect(tool.runs).toHaveLength(1);
});
