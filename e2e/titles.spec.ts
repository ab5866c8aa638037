import { anySize, expect, test } from "./support/fixtures.ts";

test("the model's title appears in the list and the page title without a reload", async ({
  chat,
  page,
  model,
  db,
}) => {
  const title = model.held();
  model.onTitle("Which bird stands in the river?", { pieces: title });
  const chatId = await chat.start("Which bird stands in the river?");
  await chat.expectAnswer("An answer to: Which bird stands in the river?");
  await chat.openList();
  // Until then, the first words are the title.
  await expect(chat.link(chatId)).toHaveText("Which bird stands in the river?");
  title.end('"Grey herons."');
  await expect(chat.link(chatId)).toHaveText("Grey herons");
  await expect(page).toHaveTitle(/Grey herons/);
  expect((await db.llmChat.findUnique({ where: { id: chatId } }))?.title).toBe("Grey herons");

  await chat.reload();
  await expect(page).toHaveTitle(/Grey herons/);
});

test("a title from the user wins over the model's", anySize, async ({ chat, page, model, db }) => {
  const title = model.held();
  model.onTitle("Name me twice", { pieces: title });
  const chatId = await chat.start("Name me twice");
  await chat.expectAnswer("An answer to: Name me twice");
  await chat.openList();
  await chat.choose(chatId, "Rename");
  await chat.titleField.fill("Mine");
  await chat.titleField.press("Enter");
  const read = async () => (await db.llmChat.findUnique({ where: { id: chatId } }))?.title;
  await expect.poll(read).toBe("Mine");
  title.end("The model's");
  await expect
    .poll(async () => await db.llmRequest.count({ where: { chatId, messageId: null } }))
    .toBe(1);
  await chat.reload();
  await expect(page).toHaveTitle(/Mine/);
  expect(await read()).toBe("Mine");
});

test(
  "a chat keeps its first words if the model gives no title",
  anySize,
  async ({ chat, model, db }) => {
    const chatId = await chat.start("Keep my first words");
    await chat.expectAnswer("An answer to: Keep my first words");
    await expect
      .poll(async () => await db.llmRequest.count({ where: { chatId, messageId: null } }))
      .toBe(1);
    await chat.openList();
    await expect(chat.link(chatId)).toHaveText("Keep my first words");
    expect(model.calls("Keep my first words")).toHaveLength(1);
  },
);
