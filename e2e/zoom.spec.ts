import { expect, test } from "./support/fixtures.ts";
import { overflowFindings } from "./support/overflow-findings.ts";
import { richAnswer } from "./support/rich-answer.ts";

// A window of 1,280 by 800 pixels at 200 %.
test.use({ viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });

test("at 200 % zoom nothing sticks out, and a chat can be read, written and listed", async ({
  chat,
  page,
  model,
}) => {
  model.on("Zoom in", { text: [richAnswer.text] });
  await chat.goto();
  expect(await overflowFindings(page)).toEqual([]);
  await chat.start("Zoom in");
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
  expect(await overflowFindings(page)).toEqual([]);
  // Half of the window is left for the answer while a question of some lines is written.
  await chat.composer.fill("one\ntwo\nthree\nfour\nfive\nsix\nseven\neight");
  await expect(chat.sendButton).toBeInViewport({ ratio: 1 });
  const log = await chat.transcript.boundingBox();
  expect(log?.height).toBeGreaterThan(100);
  await chat.composer.fill("");
  await page.getByRole("button", { name: "Chat settings" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toBeVisible();
  expect(await overflowFindings(page)).toEqual([]);
  // What is below can be scrolled to.
  const last = dialog.getByRole("button").last();
  await last.scrollIntoViewIfNeeded();
  await expect(last).toBeInViewport({ ratio: 1 });
  await page.keyboard.press("Escape");
  await chat.openList();
  await expect(chat.listItem(chat.chatId())).toBeInViewport({ ratio: 1 });
  expect(await overflowFindings(page)).toEqual([]);
  await page.goto("/usage");
  await expect(page.getByRole("group", { name: "Measure" })).toBeVisible();
  expect(await overflowFindings(page)).toEqual([]);
});
