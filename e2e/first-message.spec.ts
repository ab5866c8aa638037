import { anySize, expect, test } from "./support/fixtures.ts";

test("the first prompt creates a chat, and all ids are final from the start", async ({
  chat,
  model,
  db,
}) => {
  const text = model.hold("What is a heron?", "A heron ");
  await chat.start("What is a heron?");

  await expect(chat.text(chat.answer)).toHaveText("A heron");
  await expect(chat.answer).toHaveAttribute("data-status", "streaming");
  const chatId = chat.chatId();
  const questionId = await chat.idOf(chat.question);
  const answerId = await chat.idOf(chat.answer);
  const rows = { where: { chatId }, orderBy: { position: "asc" } } as const;
  expect((await db.llmMessage.findMany(rows)).map((row) => [row.id, row.role])).toEqual([
    [questionId, "user"],
    [answerId, "assistant"],
  ]);

  text.end("is a ", "bird.");
  await chat.expectAnswer("A heron is a bird.");
  expect(await chat.idOf(chat.answer)).toBe(answerId);
  expect(await chat.idOf(chat.question)).toBe(questionId);
  await expect(chat.messages).toHaveCount(2);
  const stored = await db.llmMessage.findMany(rows);
  expect(stored.map(({ id, role, status, content }) => ({ id, role, status, content }))).toEqual([
    { id: questionId, role: "user", status: "complete", content: "What is a heron?" },
    { id: answerId, role: "assistant", status: "complete", content: "A heron is a bird." },
  ]);
});

test(
  "the answer has its id before the model has said anything",
  anySize,
  async ({ chat, model, db }) => {
    const text = model.hold("Say nothing yet");
    await chat.start("Say nothing yet");
    await expect(chat.answer).toHaveAttribute("data-status", "pending");
    const answerId = await chat.idOf(chat.answer);
    expect(await db.llmMessage.findUnique({ where: { id: answerId } })).toMatchObject({
      role: "assistant",
      chatId: chat.chatId(),
    });

    text.end("Now.");
    await chat.expectAnswer("Now.");
    expect(await chat.idOf(chat.answer)).toBe(answerId);
  },
);

test("a double click on Send calls the provider once", anySize, async ({ chat, model, db }) => {
  const text = model.hold("Only once");
  await chat.goto();
  await chat.composer.fill("Only once");
  await chat.sendButton.dblclick();
  await expect(chat.answer).toHaveAttribute("data-status", "pending");
  text.end("One.");
  await chat.expectAnswer("One.");

  expect(model.calls("Only once")).toHaveLength(1);
  await expect(chat.messages).toHaveCount(2);
  const chats = await db.llmChat.count({ where: { messages: { some: { content: "Only once" } } } });
  expect(chats).toBe(1);
});

test("Back returns to an empty composer, Forward to the chat", anySize, async ({ chat, page }) => {
  await chat.start("Where is the way back?");
  await chat.expectAnswer("An answer to: Where is the way back?");
  const address = page.url();

  await page.goBack();
  await expect(page).toHaveURL(/\/$/);
  await expect(chat.messages).toHaveCount(0);
  await expect(chat.composer).toHaveValue("");

  await page.goForward();
  await expect(page).toHaveURL(address);
  await chat.expectAnswer("An answer to: Where is the way back?");
});

test("a suggestion starts a chat", async ({ chat, page, isMobile }) => {
  await chat.goto();
  await page.getByRole("button", { name: /Mount the router/ }).click();
  await expect(page).toHaveURL(/\/chats\//);
  if (!isMobile) await expect(chat.composer).toBeFocused();
  await expect(chat.question).toContainText("mount the chat router");
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
});

test("on a phone, the header of a chat links to a new chat", async ({ chat, page, isMobile }) => {
  test.skip(!isMobile, "On a wide screen, the chat list is always visible.");
  await chat.start("Leave me by the header");
  await chat.expectAnswer("An answer to: Leave me by the header");
  await page.getByRole("main").getByRole("link", { name: "New chat" }).click();
  await expect(page).toHaveURL(/\/$/);
  await expect(chat.messages).toHaveCount(0);
  await chat.send("And this is another chat");
  await chat.expectAnswer("An answer to: And this is another chat");
});
