import { randomUUID } from "node:crypto";

import { anySize, expect, test } from "./support/fixtures.ts";

test("search finds chats by their messages and shows the match", async ({ chat, page, model }) => {
  model.on("Which bird is it?", { text: ["It is a pied avocet, with a bill that bends upwards."] });
  const chatId = await chat.start("Which bird is it?");
  await chat.expectAnswer("It is a pied avocet, with a bill that bends upwards.");
  await chat.newChat();
  await chat.openList();
  const box = chat.searchBox;
  await box.fill("PIED avocet");
  await expect(chat.list.getByRole("link")).toHaveCount(1);
  await expect(chat.link(chatId).locator("mark")).toHaveText("pied avocet");
  await expect(chat.link(chatId)).toContainText("Which bird is it?");
  await expect(chat.link(chatId)).toContainText("It is a pied avocet, with a bill");

  // A percent sign is not a wildcard.
  await box.fill("pied%avocet");
  await expect(chat.list).toContainText("No results for “pied%avocet”.");
  await box.fill("avocet");
  await chat.link(chatId).click();
  await expect(page).toHaveURL(new RegExp(`/chats/${chatId}$`));
});

test("search results are loaded in pages", anySize, async ({ chat, db }) => {
  const word = `w${randomUUID().slice(0, 8)}`;
  const ids = Array.from({ length: 45 }, () => randomUUID());
  await db.llmChat.createMany({ data: ids.map((id) => ({ id, title: "Many", lastPosition: 1 })) });
  await db.llmMessage.createMany({
    data: ids.map((chatId) => ({ chatId, role: "user", content: `Say ${word} now`, position: 1 })),
  });
  await chat.goto();
  await chat.openList();
  await chat.searchBox.fill(word);
  await expect(chat.list.locator("mark").first()).toHaveText(word);
  await chat.list.evaluate((list) => list.scrollTo(0, list.scrollHeight));
  await expect(chat.list.getByRole("link")).toHaveCount(45);
  await expect(chat.list.locator("mark")).toHaveText(ids.map(() => word));
});
