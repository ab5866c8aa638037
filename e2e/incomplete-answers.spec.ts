import { axeFindings } from "./support/axe-findings.ts";
import { anySize, expect, test } from "./support/fixtures.ts";

test.use({ contextOptions: { reducedMotion: "reduce" } });

const incomplete = [
  {
    badge: "Cut off",
    answer: { text: ["The heron, the egret, the"], finish: "length" },
    content: "The heron, the egret, the",
    finishReason: "length",
    explanation: "The answer reached the model’s length limit.",
    advice: "Send “Go on” to get the rest.",
    isEditable: false,
  },
  {
    badge: "Filtered",
    answer: { text: ["Half a "], finish: "content_filter" },
    content: "Half a",
    finishReason: "content_filter",
    explanation: "The model’s provider held back the rest of this answer.",
    advice: "Rephrase your question to get a full answer.",
    isEditable: true,
  },
  {
    badge: "Declined",
    answer: { refusal: "I can’t help with that." },
    content: "I can’t help with that.",
    finishReason: "refusal",
    explanation: "The model declined to answer.",
    advice: "Rephrase your question, or choose another model.",
    isEditable: true,
  },
] as const;

for (const {
  badge,
  answer,
  content,
  finishReason,
  explanation,
  advice,
  isEditable,
} of incomplete) {
  test(`an answer that was ${badge.toLowerCase()} says so, and what to do`, async ({
    chat,
    page,
    model,
    db,
  }) => {
    const prompt = `Answer but be ${badge}`;
    model.on(prompt, answer);
    await chat.start(prompt);
    await chat.expectAnswer(content);
    const note = chat.answer.locator("[data-finish-reason]");
    await expect(note).toContainText(`${badge}${explanation} ${advice}`);
    await expect(note).toBeInViewport();
    // Nothing has failed, so nothing is announced as an error, and there is nothing to retry.
    await expect(chat.alert).toHaveCount(0);
    await expect(chat.retryButton).toHaveCount(0);
    await expect(page.getByRole("status").filter({ hasText: explanation })).toHaveCount(1);
    const id = await chat.idOf(chat.answer);
    const stored = await db.llmMessage.findUnique({ where: { id } });
    expect(stored).toMatchObject({ status: "complete", finishReason });
    expect(await axeFindings(page)).toEqual([]);

    await chat.reload();
    await expect(note).toContainText(advice);
    const edit = chat.answer.getByRole("button", { name: "Edit your question" });
    if (isEditable) {
      model.on("Answer kindly", { text: ["With pleasure."] });
      await edit.click();
      const field = page.getByRole("textbox", { name: "Edit your question" });
      await expect(field).toBeFocused();
      await field.fill("Answer kindly");
      await page.keyboard.press("Enter");
      await chat.expectAnswer("With pleasure.");
      await expect(chat.answer.locator("[data-finish-reason]")).toHaveCount(0);
    } else {
      await expect(edit).toHaveCount(0);
      await chat.send("Go on");
      await chat.expectAnswer("An answer to: Go on");
      // The advice was about this message.
      const first = chat.answers.first().locator("[data-finish-reason]");
      await expect(first).toContainText(explanation);
      await expect(first).not.toContainText(advice);
    }
  });
}

test("an answer that was filtered away asks for other words, not for a retry", async ({
  chat,
  page,
  model,
  db,
  problems,
}) => {
  problems.allow(/^server: /);
  model.on("Be filtered", { finish: "content_filter" });
  model.on("Be harmless", { text: ["With pleasure."] });
  const chatId = await chat.start("Be filtered");
  await expect(chat.alert).toContainText("Rephrase your message and send it again.");
  await expect(chat.alert).toBeInViewport();
  await expect(chat.retryButton).toHaveCount(0);
  await expect(chat.messages).toHaveCount(1);
  expect(await db.llmMessage.count({ where: { chatId, role: "assistant" } })).toBe(0);
  expect(await axeFindings(page)).toEqual([]);
  await chat.alert.getByRole("button", { name: "Edit your question" }).click();
  const field = page.getByRole("textbox", { name: "Edit your question" });
  await field.fill("Be harmless");
  await page.keyboard.press("Enter");
  await chat.expectAnswer("With pleasure.");
  await expect(chat.alert).toHaveCount(0);
});

for (const { name, answer, message } of [
  { name: "is empty", answer: { finish: "stop" }, message: "The model returned an empty answer." },
  {
    name: "is a page of a proxy",
    answer: { page: "<h1>A secret page</h1>" },
    message: "What came back was not the answer of a model.",
  },
]) {
  test(
    `an answer that ${name} failed, and Retry works`,
    anySize,
    async ({ chat, model, problems }) => {
      problems.allow(/^server: /);
      const prompt = `An answer that ${name}`;
      model.on(prompt, answer);
      await chat.start(prompt);
      await expect(chat.alert).toContainText(`${message} Try again.`);
      await expect(chat.messages).toHaveCount(1);
      expect(await chat.page.content()).not.toContain("secret page");
      model.on(prompt, { text: ["This time it worked."] });
      await chat.retryButton.click();
      await chat.expectAnswer("This time it worked.");
      await expect(chat.alert).toHaveCount(0);
    },
  );
}
