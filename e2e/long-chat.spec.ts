import type { Locator } from "@playwright/test";

import { failRequests } from "./support/fail-requests.ts";
import { expect, test } from "./support/fixtures.ts";
import { seedChat } from "./support/seed-chat.ts";
import { words } from "./support/words.ts";

async function distanceToEnd(log: Locator): Promise<number> {
  return await log.evaluate((one) => one.scrollHeight - one.scrollTop - one.clientHeight);
}

test("a long chat opens at its end, and loading older messages does not move the page", async ({
  chat,
  db,
}) => {
  const chatId = await seedChat(db, 60);
  await chat.goto(`/chats/${chatId}`);
  await expect(chat.answer).toContainText("Answer 60.");
  await expect(chat.answer).toBeInViewport();
  const before = await chat.messages.count();
  expect(before).toBeLessThan(120);
  await expect.poll(() => distanceToEnd(chat.transcript)).toBeLessThan(2);

  const oldest = await chat.idOf(chat.messages.first());
  const row = chat.page.locator(`[data-message-id="${oldest}"]`);
  // Scrolls to the top and reads the row's position in the same task.
  const top = await chat.transcript.evaluate(async (log, id) => {
    // Until then, the page may still be scrolling to its end.
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
    log.scrollTop = 0;
    const one = log.querySelector(`[data-message-id="${id}"]`);
    return one?.getBoundingClientRect().top ?? 0;
  }, oldest);
  await expect.poll(() => chat.messages.count()).toBeGreaterThan(before);
  await expect
    .poll(async () => Math.abs(((await row.boundingBox())?.y ?? 1_000) - top))
    .toBeLessThan(3);

  while ((await chat.messages.count()) < 120) {
    const count = await chat.messages.count();
    await chat.transcript.evaluate((log) => (log.scrollTop = 0));
    await expect.poll(() => chat.messages.count()).toBeGreaterThan(count);
  }
  await expect(chat.messages.first()).toContainText("Question 1");
  const ids = await chat.messages.evaluateAll((all) =>
    all.map((one) => one.getAttribute("data-message-id")),
  );
  expect(new Set(ids).size).toBe(120);
});

test("older messages that could not be loaded are asked for again by the next scroll only", async ({
  chat,
  db,
  page,
  problems,
}) => {
  problems.allow(/status of 400/);
  const chatId = await seedChat(db, 60);
  await chat.goto(`/chats/${chatId}`);
  await expect(chat.answer).toBeInViewport();
  const before = await chat.messages.count();
  let requests = 0;
  page.on("request", (request) => {
    if (request.url().includes("chat.messages")) requests++;
  });
  await failRequests(page, "messages", "BAD_REQUEST", "Not now.");
  await chat.transcript.evaluate((log) => (log.scrollTop = 0));
  await expect(chat.alert).toContainText("Not now.");
  await page.evaluate(async () => {
    for (let frame = 0; frame < 30; frame++) await new Promise(requestAnimationFrame);
  });
  expect(requests).toBe(1);
  expect(await chat.messages.count()).toBe(before);
  await page.unrouteAll();
  await chat.transcript.evaluate((log) => (log.scrollTop = 1));
  await expect.poll(() => chat.messages.count()).toBeGreaterThan(before);
});

test("a user who has scrolled up stays there while an answer streams, and can jump to the end", async ({
  chat,
  model,
  db,
}) => {
  const chatId = await seedChat(db, 10);
  const text = model.hold("Write below", ...words(1, 20));
  await chat.goto(`/chats/${chatId}`);
  await chat.send("Write below");
  await expect(chat.text(chat.answer)).toHaveText(/w20$/);
  await expect.poll(() => distanceToEnd(chat.transcript)).toBeLessThan(2);
  const jump = chat.page.getByRole("button", { name: "Jump to latest" });
  await expect(jump).toHaveCount(0);

  await chat.transcript.hover();
  await chat.page.mouse.wheel(0, -900);
  await expect(jump).toBeVisible();
  const place = async (): Promise<number> => await chat.transcript.evaluate((log) => log.scrollTop);
  await expect.poll(async () => (await place()) === (await place())).toBe(true);
  const before = await place();
  text.write(...words(21, 300));
  await expect(chat.text(chat.answer)).toHaveText(/w300$/);
  expect(await place()).toBe(before);

  await jump.click();
  await expect.poll(() => distanceToEnd(chat.transcript)).toBeLessThan(2);
  await expect(jump).toHaveCount(0);
  text.end(...words(301, 500));
  await chat.expectAnswer(words(1, 500).join("").trimEnd());
  await expect.poll(() => distanceToEnd(chat.transcript)).toBeLessThan(2);
});

test("the end stays in view when the composer grows and when the window shrinks", async ({
  chat,
  page,
  db,
}) => {
  await chat.goto(`/chats/${await seedChat(db, 10)}`);
  await expect.poll(() => distanceToEnd(chat.transcript)).toBeLessThan(2);
  await chat.composer.fill("one\ntwo\nthree\nfour");
  await expect.poll(() => distanceToEnd(chat.transcript)).toBeLessThan(2);
  await page.setViewportSize({ width: 390, height: 420 });
  await expect.poll(() => distanceToEnd(chat.transcript)).toBeLessThan(2);
  await expect(chat.answer.getByRole("button", { name: "Copy answer" })).toBeInViewport();
});

test("the page still follows an answer after the composer has grown and shrunk", async ({
  chat,
  model,
  db,
}) => {
  const chatId = await seedChat(db, 10);
  const text = model.hold("Write while I write", ...words(1, 20));
  await chat.goto(`/chats/${chatId}`);
  await chat.send("Write while I write");
  await expect(chat.text(chat.answer)).toHaveText(/w20$/);
  for (const draft of ["one\ntwo\nthree\nfour\nfive\nsix", ""]) {
    await chat.composer.fill(draft);
    await expect.poll(() => distanceToEnd(chat.transcript)).toBeLessThan(2);
  }
  text.write(...words(21, 400));
  await expect(chat.text(chat.answer)).toHaveText(/w400$/);
  await expect.poll(() => distanceToEnd(chat.transcript)).toBeLessThan(2);
  text.end("end");
  await chat.expectAnswer(`${words(1, 400).join("")}end`);
  await expect.poll(() => distanceToEnd(chat.transcript)).toBeLessThan(2);
});
