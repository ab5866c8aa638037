import { readFile } from "node:fs/promises";

import type { Page } from "@playwright/test";

import { anySize, expect, test } from "./support/fixtures.ts";
import { seedChat } from "./support/seed-chat.ts";

async function exported(page: Page, format: string): Promise<{ name: string; text: string }> {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export chat" }).click();
  await page.getByRole("menuitem", { name: format }).click();
  const file = await download;
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
}

test("a chat can be saved as Markdown and JSON, including messages that are not loaded", async ({
  chat,
  page,
  db,
}) => {
  const chatId = await seedChat(db, 130);
  await chat.goto(`/chats/${chatId}`);
  const markdown = await exported(page, "Markdown");
  expect(markdown.name).toBe("a-chat-of-130-turns.md");
  expect(markdown.text).toMatch(/^# A chat of 130 turns\n\n## You\n\nQuestion 1\n\n## Assistant/);
  expect(markdown.text).toContain("Question 130");
  const json = await exported(page, "JSON");
  expect(json.name).toBe("a-chat-of-130-turns.json");
  expect(JSON.parse(json.text)).toMatchObject({ title: "A chat of 130 turns" });
  expect((JSON.parse(json.text) as { messages: unknown[] }).messages).toHaveLength(260);
});

test("a chat has its own instructions", async ({ chat, page, model, db }) => {
  const settings = page.getByRole("button", { name: "Chat settings" });
  const dialog = page.getByRole("dialog", { name: "Chat settings" });
  const field = dialog.getByRole("textbox", { name: "Instructions" });
  await chat.goto();
  await settings.click();
  await expect(field).toBeFocused();
  await field.fill("Speak like a heron.");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(settings).toBeFocused();
  await chat.send("Who are you?");
  await chat.expectAnswer("An answer to: Who are you?");
  expect(model.calls("Who are you?")[0]?.request.messages[0]).toMatchObject({
    content: expect.stringMatching(/^You are the assistant .*\n\nSpeak like a heron\.$/s),
  });

  await settings.click();
  await expect(field).toHaveValue("Speak like a heron.");
  await field.fill("");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toHaveCount(0);
  const row = await db.llmChat.findUnique({ where: { id: chat.chatId() } });
  expect(row?.instructions).toBeNull();
});

test("every shortcut works", async ({ chat, page, model }) => {
  const text = model.hold("Stop me by key", "so ");
  await chat.start("Stop me by key");
  await expect(chat.text(chat.answer)).toHaveText("so");
  await chat.composer.focus();
  await page.keyboard.press("Escape");
  await expect(chat.answer).toHaveAttribute("data-status", "stopped");
  text.end();

  await page.keyboard.press("Control+/");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(help).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(help).toHaveCount(0);
  await expect(chat.composer).toBeFocused();

  await page.keyboard.press("Control+k");
  await expect(chat.searchBox).toBeFocused();
  await page.keyboard.press("Shift+Escape");
  await expect(chat.composer).toBeFocused();
  await page.keyboard.press("Control+Shift+O");
  await expect(page).toHaveURL(/\/$/);
  await expect(chat.messages).toHaveCount(0);
});

test(
  "a new chat has its title before its first answer ends",
  anySize,
  async ({ chat, page, model }) => {
    const text = model.hold("Name me at once", "one ");
    const chatId = await chat.start("Name me at once");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Name me at once");
    await expect(page).toHaveTitle(/^Name me at once/);
    await expect(chat.link(chatId)).toContainText("Name me at once");
    text.end("two");
    await chat.expectAnswer("one two");
  },
);
