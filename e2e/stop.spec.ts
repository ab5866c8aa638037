import { anySize, expect, test } from "./support/fixtures.ts";
import { words } from "./support/words.ts";

test("Stop keeps the partial text and closes the provider's connection", async ({
  chat,
  model,
  db,
}) => {
  model.hold("Count until I say stop", ...words(1, 8));
  await chat.start("Count until I say stop");
  await expect(chat.text(chat.answer)).toHaveText(/w8$/);
  const answerId = await chat.idOf(chat.answer);

  await chat.stopButton.click();
  const partial = words(1, 8).join("").trimEnd();
  await chat.expectAnswer(partial, "stopped");
  await expect(chat.answer.getByText("Stopped")).toBeVisible();
  await model.calls("Count until I say stop")[0]?.closed;
  await expect(chat.sendButton).toBeVisible();

  const stored = await db.llmMessage.findUnique({ where: { id: answerId } });
  expect(stored).toMatchObject({ status: "stopped" });
  expect(stored?.content?.trimEnd()).toBe(partial);

  await chat.reload();
  await chat.expectAnswer(partial, "stopped");
  expect(await chat.idOf(chat.answer)).toBe(answerId);

  await chat.send("And now go on");
  await chat.expectAnswer("An answer to: And now go on");
});

test(
  "stopping an answer before its first word leaves the question, which can be retried",
  anySize,
  async ({ chat, model }) => {
    const text = model.held();
    model.on("Too slow for me", { pieces: text }, { text: ["Here you are."] });
    await chat.start("Too slow for me");
    await expect(chat.answer).toHaveAttribute("data-status", "pending");
    // Otherwise the retry would be the first call, which gets the held text.
    await expect.poll(() => model.calls("Too slow for me")).toHaveLength(1);

    await chat.stopButton.click();
    await expect(chat.messages).toHaveCount(1);
    await expect(chat.page.getByText("This message has no answer.")).toBeVisible();

    await chat.retryButton.click();
    await chat.expectAnswer("Here you are.");
    await expect(chat.messages).toHaveCount(2);
  },
);

test("Retry replaces a stopped answer", anySize, async ({ chat, model }) => {
  model.on("Once more", { pieces: model.held("Half an ") }, { text: ["A whole answer."] });
  await chat.start("Once more");
  await expect(chat.text(chat.answer)).toHaveText("Half an");
  await chat.stopButton.click();
  await chat.expectAnswer("Half an", "stopped");

  await chat.retryButton.click();
  await chat.expectAnswer("A whole answer.");
  await expect(chat.messages).toHaveCount(2);
});

test("an interrupted answer says so and can be retried", async ({ chat, model, db }) => {
  const { id: chatId } = await db.llmChat.create({
    data: { title: "Interrupted", lastPosition: 2 },
  });
  const { id: parentId } = await db.llmMessage.create({
    data: { chatId, role: "user", content: "What survived the crash?", position: 1 },
  });
  const answer = { content: "What was saved stays, and", status: "interrupted" };
  await db.llmMessage.create({
    data: { ...answer, chatId, role: "assistant", parentId, position: 2 },
  });
  model.on("What survived the crash?", { text: ["All of it."] });
  await chat.goto(`/chats/${chatId}`);
  await chat.expectAnswer("What was saved stays, and", "interrupted");
  await expect(chat.answer).toContainText("The server stopped before the answer was finished.");
  await chat.retryButton.click();
  await chat.expectAnswer("All of it.");
  await expect(chat.answer.getByRole("group", { name: "Versions" })).toHaveText("2/2");
});
