import { anySize, expect, test } from "./support/fixtures.ts";
import { expectGrowth, TextLog } from "./support/text-log.ts";
import { watchRenders } from "./support/watch-renders.ts";
import { words } from "./support/words.ts";

test("the text only ever grows", async ({ chat, model, page }) => {
  const log = await TextLog.install(page);
  model.on("Count to 300", { text: words(1, 300), delay: 5 });
  await chat.start("Count to 300");

  const full = words(1, 300).join("").trimEnd();
  await chat.expectAnswer(full);
  const texts = await log.read(await chat.idOf(chat.answer));
  expect(texts.length).toBeGreaterThan(3);
  expectGrowth(texts);
  expect(texts.at(-1)).toBe(full);
});

test("only the answer is rendered while it grows", async ({ chat, model, page }) => {
  const text = model.hold("Grow", "one ");
  await chat.start("Grow");
  await expect(chat.text(chat.answer)).toHaveText("one");
  // By the second piece, what the new chat itself renders is done.
  text.write("two ");
  await expect(chat.text(chat.answer)).toHaveText("one two");
  const listRendered = await watchRenders(page);
  text.write("three ");
  await expect(chat.text(chat.answer)).toHaveText("one two three");
  const rendered = await listRendered();
  expect(rendered).toContain("assistant article");
  // What holds it, but neither the question nor what the header, the composer and the chat list consist of.
  const others = new Set(rendered.filter((element) => !element.startsWith("assistant ")));
  expect([...others].toSorted()).toEqual(["around div", "transcript div"]);
  text.end();
});

test("a reload mid-answer continues from the text in the server's HTML", async ({
  chat,
  model,
  page,
}) => {
  const log = await TextLog.install(page);
  const text = model.hold("Count slowly", ...words(1, 50));
  await chat.start("Count slowly");
  await expect(chat.text(chat.answer)).toHaveText(/w50$/);
  const answerId = await chat.idOf(chat.answer);
  expectGrowth(await log.read(answerId));

  const html = await (await page.request.get(page.url())).text();
  expect(html).toContain(words(1, 50).join("").trimEnd());
  expect(html).toContain(`data-message-id="${answerId}"`);

  await chat.reload();
  expect(await chat.idOf(chat.answer)).toBe(answerId);
  await expect(chat.answer).toHaveAttribute("data-status", "streaming");
  text.write(...words(51, 60));
  await expect(chat.text(chat.answer)).toHaveText(/w60$/);
  text.end(...words(61, 100));

  const full = words(1, 100).join("").trimEnd();
  await chat.expectAnswer(full);
  expect(await chat.idOf(chat.answer)).toBe(answerId);
  const texts = await log.read(answerId);
  expect(texts[0]).toBe(words(1, 50).join("").trimEnd());
  expectGrowth(texts);
  expect(model.calls("Count slowly")).toHaveLength(1);
});

test("an answer continues while no page is open", anySize, async ({ chat, model, page }) => {
  const text = model.hold("Count alone", ...words(1, 5));
  await chat.start("Count alone");
  const address = page.url();
  await expect(chat.text(chat.answer)).toHaveText(/w5$/);
  const answerId = await chat.idOf(chat.answer);

  await page.goto("about:blank");
  text.end(...words(6, 9));
  await model.calls("Count alone")[0]?.closed;
  await chat.goto(address);
  await chat.expectAnswer(words(1, 9).join("").trimEnd());
  expect(await chat.idOf(chat.answer)).toBe(answerId);
});

test("an answer continues after leaving and reopening its chat", async ({ chat, model }) => {
  const text = model.hold("Count while I am away", ...words(1, 5));
  const chatId = await chat.start("Count while I am away");
  await expect(chat.text(chat.answer)).toHaveText(/w5$/);

  await chat.newChat();
  text.write(...words(6, 9));
  await chat.open(chatId);
  await expect(chat.text(chat.answer)).toHaveText(/w9$/);
  text.end("end");
  await chat.expectAnswer(`${words(1, 9).join("")}end`);
});
