import { randomUUID } from "node:crypto";

import type { PrismaClient } from "../generated/sqlite/client.ts";
import { axeFindings } from "./support/axe-findings.ts";
import { expect, test } from "./support/fixtures.ts";

/** Stores a chat whose answer waits for a tool that another page runs, next to a search that is still running. */
async function seedWaiting(db: PrismaClient): Promise<string> {
  const chat = await db.llmChat.create({ data: { title: "Where am I?", lastPosition: 2 } });
  const chatId = chat.id;
  const question = randomUUID();
  await db.llmMessage.create({
    data: { id: question, chatId, role: "user", content: "Where am I?", position: 1 },
  });
  const call = (name: string, status: string, position: number, args: object) => ({
    name,
    status,
    position,
    toolCallId: `call_${position}`,
    arguments: JSON.stringify(args),
  });
  const search = call("search_docs", "running", 0, { query: "where" });
  await db.llmMessage.create({
    data: {
      chatId,
      role: "assistant",
      parentId: question,
      content: "",
      position: 2,
      status: "awaiting_output",
      parts: JSON.stringify([
        ["tool", "call_0"],
        ["tool", "call_1"],
      ]),
      toolCalls: {
        create: [
          { ...search, progress: JSON.stringify({ read: 7, documents: 22 }) },
          call("locate", "awaiting_output", 1, { precise: true }),
        ],
      },
    },
  });
  return chatId;
}

test("an answer that waits for a tool's output says so", async ({ chat, page, db }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await chat.goto(`/chats/${await seedWaiting(db)}`);
  await expect(chat.tool("search_docs").locator("summary")).toContainText("7 of 22");
  await expect(chat.tool("search_docs").locator(".animate-spin")).toHaveCount(1);
  const waiting = chat.tool("locate");
  await expect(waiting).toContainText("Needs output");
  await expect(waiting).not.toContainText("Running");
  await expect(waiting.locator(".animate-spin")).toHaveCount(0);
  await expect(chat.composer).toHaveAttribute("placeholder", "Waiting for a tool’s output");
  await expect(page.getByRole("button", { name: "Regenerate answer" })).toHaveCount(0);
  expect(await axeFindings(page)).toEqual([]);

  // Nothing can be sent meanwhile, and the page says why.
  await chat.composer.fill("Never mind");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Not sent.")).toBeVisible();
  await expect(chat.messages).toHaveCount(2);
  await expect(chat.stopButton).toBeVisible();
});
