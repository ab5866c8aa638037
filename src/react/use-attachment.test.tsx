import { QueryClient } from "@tanstack/react-query";
import { cleanup, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeChatServer, FakeServerError } from "../../test/support/fakes/fake-chat-server.ts";
import { perform, settle, withClient } from "../../test/support/clients/render-chat.tsx";
import { createChatHooks } from "./create-chat-hooks.ts";
import type { ShownAttachment, UseAttachmentResult } from "./use-attachment.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function renderFile(server: FakeChatServer, attachment: ShownAttachment) {
  const { useAttachment } = createChatHooks(() => server.client);
  const queryClient = new QueryClient();
  const results: UseAttachmentResult[] = [];
  function File({ shown }: { readonly shown: ShownAttachment }) {
    results.push(useAttachment(shown));
    return null;
  }
  const { rerender } = render(withClient(queryClient, <File shown={attachment} />));
  return {
    file: () => results.at(-1),
    show: (shown: ShownAttachment) => rerender(withClient(queryClient, <File shown={shown} />)),
  };
}

function serverWithFile(): FakeChatServer {
  const server = new FakeChatServer();
  server.files.set("a", { mediaType: "image/png", data: "AAAA" });
  return server;
}

test("the bytes are loaded as a data: URL, once", async () => {
  const server = serverWithFile();
  const page = renderFile(server, { id: "a", url: null });
  expect(page.file()).toMatchObject({ url: null, isLoading: true, error: null });
  await settle();
  expect(page.file()).toMatchObject({ url: "data:image/png;base64,AAAA", isLoading: false });
  await vi.advanceTimersByTimeAsync(60_000);
  page.show({ id: "a", url: null });
  await settle();
  expect(server.inputs("attachment")).toEqual([{ attachmentId: "a" }]);
});

test("an address of its own is used without a request, also of a draft that has no id", async () => {
  const server = serverWithFile();
  const page = renderFile(server, { url: "data:text/plain,Hi" });
  await settle();
  expect(page.file()).toMatchObject({ url: "data:text/plain,Hi", isLoading: false, error: null });
  page.show({ id: "a", url: "https://files.example/a" });
  await settle();
  expect(page.file()?.url).toBe("https://files.example/a");
  expect(server.count("attachment")).toBe(0);
});

test("a refusal is reported at once, with its code, and refetch tries again", async () => {
  const server = serverWithFile();
  server.failNext("attachment", new FakeServerError("NOT_FOUND", "There is no such attachment."));
  const page = renderFile(server, { id: "a", url: null });
  await settle();
  expect(page.file()).toMatchObject({ url: null, error: { code: "NOT_FOUND" } });
  expect(server.count("attachment")).toBe(1);
  await perform(async () => {
    await page.file()?.refetch();
  });
  expect(page.file()).toMatchObject({ url: "data:image/png;base64,AAAA", error: null });
});
