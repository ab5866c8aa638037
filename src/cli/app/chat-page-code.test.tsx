import { QueryClient } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ComponentType } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { setServer } from "../../../test/support/clients/page-surroundings.tsx";
import { settle, withClient } from "../../../test/support/clients/render-chat.tsx";
import { FakeChatServer, FakeServerError } from "../../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../../test/support/fakes/fake-message.ts";
import { importCode, importExample } from "../../../test/support/project/import-example.ts";
import { chatPageCode } from "./chat-page-code.ts";

const surroundings = "test/support/clients/page-surroundings.tsx";
const names = ["./chat-hooks", "~/trpc/react", "next/link", "next/navigation"];
const standIns = Object.fromEntries(names.map((name) => [name, surroundings]));

type Page = ComponentType<{ readonly chatId: string }>;

/** The pages that users start from. */
const pages: Readonly<Record<string, () => Promise<Page>>> = {
  "the page that init writes": async () => {
    const code = chatPageCode({
      from: "~/trpc/react",
      name: "useTRPCClient",
      client: "useTRPCClient()",
    });
    return (await importCode<{ default: Page }>(code, "page.tsx", standIns)).default;
  },
  "the README's chat": async () =>
    (await importExample<{ Chat: Page }>("README.md", "client/chat.tsx", standIns)).Chat,
  "the hooks' story": async () =>
    (await importExample<{ Story: Page }>("docs/hooks.md", "client/story.tsx", standIns)).Story,
};

const question = fakeMessage({ id: "question", role: "user", content: "Hello" });
const answer = fakeMessage({ id: "answer", parentId: "question", content: "Hi there" });
const error = { code: "OVERLOADED", message: "Too much.", retryable: true } as const;

async function open(name: string): Promise<FakeChatServer> {
  const Page = await pages[name]?.();
  if (Page === undefined) throw new Error(`There is no page of the name ${name}.`);
  vi.useFakeTimers();
  const server = new FakeChatServer([question, answer]);
  setServer(server);
  render(withClient(new QueryClient(), <Page chatId="chat" />));
  await settle();
  return server;
}

const textbox = (): HTMLElement => screen.getByRole("textbox", { name: "Message" });

/** Sends a message; the story has one of its own. */
async function send(text: string): Promise<void> {
  if (screen.queryByRole("textbox") !== null) {
    fireEvent.change(textbox(), { target: { value: text } });
  }
  fireEvent.click(screen.getByRole("button", { name: "Send" }));
  await settle();
}

const retry = (): HTMLElement | null => screen.queryByRole("button", { name: "Retry" });

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe.each(Object.keys(pages))("%s", (name) => {
  test.each(["TOO_MANY_REQUESTS", "CONFLICT", "INTERNAL_SERVER_ERROR"] as const)(
    "offers no second version of the last answer when a message is refused: %s",
    async (code) => {
      const server = await open(name);
      server.failNext("send", new FakeServerError(code));
      await send("Again");
      expect(server.count("send")).toBe(1);
      expect(screen.queryByRole("button", { name: "Send" })).not.toBeNull();
      expect(retry()).toBeNull();
    },
  );

  test.each([
    ["with some text", "Once", "answer-1"],
    ["before its first word", "", null],
  ])("retries an answer that failed %s", async (_, content, kept) => {
    const server = await open(name);
    await send("Again");
    const failed = fakeMessage({ id: "answer-1", content, status: "failed", error });
    // The server deletes an answer without text, and its question is the newest message.
    server.messages = server.messages.flatMap((message) =>
      message.id === "answer-1" ? (kept === null ? [] : [failed]) : [message],
    );
    server.stream.done(failed);
    await settle(100);
    const button = retry();
    if (button === null) throw new Error("The page has no button to retry.");
    fireEvent.click(button);
    await settle();
    expect(server.inputs("regenerate")).toMatchObject([
      { messageId: kept ?? server.messages.findLast(({ role }) => role === "user")?.id },
    ]);
  });
});

test.each(["the page that init writes", "the README's chat"])(
  "%s puts a refused message back, but not over a newer text",
  async (name) => {
    const server = await open(name);
    for (const [newer, shown] of [
      ["", "First"],
      ["Second", "Second"],
    ] as const) {
      const release = server.hold("send");
      await send("First");
      expect(textbox()).toHaveProperty("value", "");
      fireEvent.change(textbox(), { target: { value: newer } });
      release(new FakeServerError("TOO_MANY_REQUESTS"));
      await settle();
      expect(textbox()).toHaveProperty("value", shown);
    }
  },
);
