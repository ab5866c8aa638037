import { anySize, expect, test } from "./support/fixtures.ts";

test("the model's title appears without a reload, in the list and above the chat", async ({
  chat,
  page,
  model,
  db,
}) => {
  const title = model.held();
  model.onTitle("Which bird stands in the river?", { live: title });
  const chatId = await chat.start("Which bird stands in the river?");
  await chat.expectAnswer("An answer to: Which bird stands in the river?");
  await chat.openList();
  // Until then it has the first words.
  await expect(chat.link(chatId)).toHaveText("Which bird stands in the river?");
  title.end('"Grey herons."');
  await expect(chat.link(chatId)).toHaveText("Grey herons");
  await expect(page).toHaveTitle(/Grey herons/);
  expect((await db.llmChat.findUnique({ where: { id: chatId } }))?.title).toBe("Grey herons");

  await chat.reload();
  await expect(page).toHaveTitle(/Grey herons/);
});

test(
  "a name that the user gives wins over the model's",
  anySize,
  async ({ chat, page, model, db }) => {
    const title = model.held();
    model.onTitle("Name me twice", { live: title });
    const chatId = await chat.start("Name me twice");
    await chat.expectAnswer("An answer to: Name me twice");
    await chat.openList();
    const item = chat.listItem("Name me twice");
    await chat.choose(item, "Rename");
    const field = page.getByRole("textbox", { name: "Title of the chat" });
    await field.fill("Mine");
    await field.press("Enter");
    const read = async () => (await db.llmChat.findUnique({ where: { id: chatId } }))?.title;
    await expect.poll(read).toBe("Mine");
    title.end("The model's");
    await expect
      .poll(async () => await db.llmRequest.count({ where: { chatId, messageId: null } }))
      .toBe(1);
    await chat.reload();
    await expect(page).toHaveTitle(/Mine/);
    expect(await read()).toBe("Mine");
  },
);

test(
  "without an answer of the model the first words stay",
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
