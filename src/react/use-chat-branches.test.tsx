import { cleanup } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeChatServer, FakeServerError } from "../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import { drawFrame, perform, renderChat, settle } from "../../test/support/clients/render-chat.tsx";

const question = fakeMessage({ id: "question", role: "user", content: "Why?" });
const siblingIds = ["first", "second"];
const first = fakeMessage({
  id: "first",
  parentId: "question",
  content: "Because.",
  siblings: { index: 0, count: 2 },
  siblingIds,
});
const second = fakeMessage({ ...first, id: "second", content: "Why not?" });

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function serverWithBranches(): FakeChatServer {
  const server = new FakeChatServer([question, first]);
  server.branches.set("second", [question, second]);
  return server;
}

test("another version replaces the one on the page once it is loaded, without a gap", async () => {
  const server = serverWithBranches();
  const page = renderChat(server);
  await settle();
  const deliver = server.hold("messages");
  const selected = await perform(() => page.chat().selectBranch("second"));
  expect(server.inputs("selectBranch")).toEqual([{ messageId: "second" }]);
  expect(page.chat().messages.map(({ id }) => id)).toEqual(["question", "first"]);
  expect(page.chat().status).toBe("ready");
  deliver();
  await settle();
  expect(page.chat().messages.map(({ id }) => id)).toEqual(["question", "second"]);
  expect(page.chat().isLoading).toBe(false);
  expect(selected.result).toEqual({ ok: true });
  expect(page.statuses).toEqual(["ready"]);
});

test("a refused branch leaves the page as it is and says why", async () => {
  const server = serverWithBranches();
  const page = renderChat(server);
  await settle();
  server.failNext("selectBranch", new FakeServerError("CONFLICT", "An answer is in progress."));
  const selected = await perform(() => page.chat().selectBranch("second"));
  expect(selected.result).toMatchObject({ ok: false, error: { code: "CONFLICT" } });
  expect(page.chat().messages.map(({ id }) => id)).toEqual(["question", "first"]);
  expect(page.chat().error?.message).toBe("An answer is in progress.");
});

test("no branch is selected while an answer streams, and nothing is sent while one is selected", async () => {
  const server = serverWithBranches();
  const page = renderChat(server);
  await settle();
  const select = server.hold("selectBranch");
  await perform(() => page.chat().selectBranch("second"));
  const sent = await perform(() => page.chat().sendMessage("More"));
  expect(sent.result).toMatchObject({ ok: false, error: { code: "CONFLICT" } });
  select();
  await settle();
  await perform(() => page.chat().sendMessage("More"));
  await settle();
  const selected = await perform(() => page.chat().selectBranch("first"));
  expect(selected.result).toMatchObject({ ok: false, error: { code: "CONFLICT" } });
  expect(server.count("selectBranch")).toBe(1);
});

test("selecting the branch of an edited message restores what the edit replaced", async () => {
  const server = new FakeChatServer([question, first]);
  server.branches.set("question", [question, first]);
  const page = renderChat(server);
  await settle();
  const edited = await perform(() => page.chat().editMessage("question", "Why so?"));
  expect(edited.result).toMatchObject({ ok: true });
  server.stream.done(fakeMessage({ id: "answer-1", content: "So." }));
  await drawFrame();
  expect(page.chat().messages.map(({ content }) => content)).toEqual(["Why so?", "So."]);
  await perform(() => page.chat().selectBranch("question"));
  await settle();
  expect(page.chat().messages.map(({ id }) => id)).toEqual(["question", "first"]);
});

test("a new version keeps its position among its siblings while it streams and when it ends", async () => {
  const server = new FakeChatServer([question, fakeMessage({ ...first, siblingIds: ["first"] })]);
  const page = renderChat(server);
  await settle();
  await perform(() => page.chat().regenerate());
  const id = "again-1";
  expect(page.chat().messages.at(-1)).toMatchObject({ id, siblingIds: ["first", id] });
  server.stream.text(0, "So");
  await drawFrame();
  expect(page.chat().messages.at(-1)).toMatchObject({ content: "So", siblingIds: ["first", id] });
  server.stream.done(fakeMessage({ id, parentId: "question", content: "So it is." }));
  await drawFrame();
  expect(page.chat().messages.at(-1)).toMatchObject({
    content: "So it is.",
    siblings: { index: 1, count: 2 },
    siblingIds: ["first", id],
  });
});
