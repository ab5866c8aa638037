import { act, cleanup } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeChatServer, FakeServerError } from "../../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../../test/support/fakes/fake-message.ts";
import {
  drawFrame,
  perform,
  renderChat,
  settle,
} from "../../../test/support/clients/render-chat.tsx";
import type { ChatMessage } from "../../chat/chat-message.ts";
import type { ChatToolCall } from "../../chat/tool-call.ts";

const hello = fakeMessage({ id: "hello", role: "user", content: "Hello" });

function call(toolCallId: string, status: ChatToolCall["status"]): ChatToolCall {
  return {
    toolCallId,
    name: "pay",
    arguments: {},
    output: null,
    progress: null,
    result: null,
    status,
  };
}

function waiting(...toolCalls: readonly ChatToolCall[]): ChatMessage {
  const parts = toolCalls.map(({ toolCallId }) => ({ type: "tool" as const, toolCallId }));
  const message = { id: "answer", parentId: "hello", status: "awaiting_approval" as const };
  return fakeMessage({ ...message, content: "Shall I?", toolCalls, parts });
}

beforeEach(async () => {
  // Loaded before the clock stops.
  await import("./respond-to-tool.ts");
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

async function open(...toolCalls: readonly ChatToolCall[]) {
  const server = new FakeChatServer([hello, waiting(...toolCalls)]);
  const page = renderChat(server);
  await settle();
  const answer = (): ChatMessage | undefined => page.chat().messages.at(-1);
  const states = (): readonly string[] => answer()?.toolCalls.map((one) => one.status) ?? [];
  return { server, page, answer, states };
}

test("an answer that waits for an approval ends its stream, which is not reopened", async () => {
  const server = new FakeChatServer([hello, { ...waiting(), status: "streaming" }]);
  const page = renderChat(server);
  await settle();
  act(() => server.stream.done(waiting(call("a", "awaiting_approval"))));
  await drawFrame();
  await settle(60_000);
  expect(server.streams).toHaveLength(1);
  expect(server.openStreams).toBe(0);
  expect(page.chat()).toMatchObject({ status: "ready", error: null, connection: "live" });
  expect(page.statuses).toEqual(["ready", "streaming", "ready"]);
});

test("a page opened while an answer waits opens no stream and refuses a new message", async () => {
  const { server, page } = await open(call("a", "awaiting_approval"));
  await settle(60_000);
  expect(server.streams).toHaveLength(0);
  expect(page.chat().status).toBe("ready");
  const sent = await perform(() => page.chat().sendMessage("And?"));
  expect(sent.result).toMatchObject({ ok: false, error: { code: "CONFLICT" } });
  expect(server.count("send")).toBe(0);
});

test("an approval is shown at once, and the same message continues", async () => {
  const { server, page, answer, states } = await open(call("a", "awaiting_approval"));
  const answerIt = server.hold("respondToTool");
  const response = await perform(() =>
    page.chat().respondToTool({ toolCallId: "a", approved: true }),
  );
  expect(states()).toEqual(["running"]);
  expect(page.chat().status).toBe("streaming");
  expect(server.streams).toHaveLength(0);
  answerIt();
  await settle();
  expect(response.result).toMatchObject({ ok: true, assistantMessage: { id: "answer" } });
  expect(server.inputs("respondToTool")).toEqual([
    { messageId: "answer", toolCallId: "a", approved: true },
  ]);
  expect(server.stream.input).toEqual({ messageId: "answer" });
  act(() => server.stream.text(8, " Done."));
  await drawFrame();
  expect(answer()?.content).toBe("Shall I? Done.");
});

test("a denial is shown at once and is sent with its reason", async () => {
  const { server, page, states } = await open(call("a", "awaiting_approval"));
  const answerIt = server.hold("respondToTool");
  const denial = { toolCallId: "a", approved: false, reason: "Too dear", messageId: "answer" };
  await perform(() => page.chat().respondToTool(denial));
  expect(states()).toEqual(["denied"]);
  answerIt();
  await settle();
  expect(server.inputs("respondToTool")).toEqual([denial]);
  expect(page.chat().status).toBe("streaming");
});

test("two calls can be decided at the same time, and the answer continues after the last one", async () => {
  const { server, page, states } = await open(
    call("a", "awaiting_approval"),
    call("b", "awaiting_approval"),
  );
  await act(async () => {
    void page.chat().respondToTool({ toolCallId: "a", approved: true });
    void page.chat().respondToTool({ toolCallId: "b", approved: false });
    await vi.advanceTimersByTimeAsync(1);
  });
  expect(states()).toEqual(["running", "denied"]);
  expect(server.streams).toHaveLength(1);
  expect(page.chat().status).toBe("streaming");
});

test("while another call waits, nothing streams", async () => {
  const { server, page, states } = await open(
    call("a", "awaiting_approval"),
    call("b", "awaiting_approval"),
  );
  await perform(() => page.chat().respondToTool({ toolCallId: "a", approved: false }));
  expect(states()).toEqual(["denied", "awaiting_approval"]);
  expect(server.streams).toHaveLength(0);
  expect(page.chat().status).toBe("ready");
});

test("a refused decision is rolled back and is an error", async () => {
  const { server, page, states } = await open(call("a", "awaiting_approval"));
  server.failNext("respondToTool", new FakeServerError("CONFLICT", "It was denied."));
  const response = await perform(() =>
    page.chat().respondToTool({ toolCallId: "a", approved: true }),
  );
  expect(response.result).toMatchObject({ ok: false, error: { code: "CONFLICT" } });
  expect(states()).toEqual(["awaiting_approval"]);
  expect(page.chat()).toMatchObject({ status: "error", error: { message: "It was denied." } });
  // The current state is refetched.
  expect(server.count("messages")).toBe(2);
});

test("a decision that may not have arrived is retried", async () => {
  const { server, page, states } = await open(call("a", "awaiting_approval"));
  server.failNext("respondToTool", new TypeError("Failed to fetch"));
  await perform(() => page.chat().respondToTool({ toolCallId: "a", approved: true }));
  await settle(1_000);
  expect(server.count("respondToTool")).toBe(2);
  expect(states()).toEqual(["running"]);
  expect(page.chat().error).toBeNull();
});

test("a call that does not wait is refused without asking the server", async () => {
  const { server, page } = await open(call("a", "running"));
  for (const toolCallId of ["a", "unknown"]) {
    const { result } = await perform(() =>
      page.chat().respondToTool({ toolCallId, approved: true }),
    );
    expect(result).toMatchObject({ ok: false, error: { code: "CONFLICT" } });
  }
  expect(server.count("respondToTool")).toBe(0);
});

test("a page requested before the decision does not revert it", async () => {
  const { server, page, states } = await open(call("a", "awaiting_approval"));
  const answerIt = server.hold("messages");
  act(() => void page.queryClient.invalidateQueries());
  await settle();
  await perform(() => page.chat().respondToTool({ toolCallId: "a", approved: true }));
  answerIt();
  await settle();
  expect(server.count("messages")).toBe(2);
  expect(states()).toEqual(["running"]);
  expect(server.openStreams).toBe(1);
});

test("a waiting answer can be stopped", async () => {
  const { server, page } = await open(call("a", "awaiting_approval"));
  server.messages = [hello, { ...waiting(call("a", "error")), status: "stopped" }];
  const stopped = await perform(() => page.chat().stop());
  await settle();
  expect(stopped.result).toBe(true);
  expect(page.chat().messages.at(-1)?.status).toBe("stopped");
});
