import { failRequests } from "./support/fail-requests.ts";
import { anySize, expect, test } from "./support/fixtures.ts";

test("a question can be edited in place, and both versions are kept", async ({
  chat,
  page,
  model,
  isMobile,
}) => {
  model.on("First wording", { text: ["The first answer"] });
  model.on("Second wording", { text: ["The second answer"] });
  await chat.start("First wording");
  await chat.expectAnswer("The first answer");

  await chat.question.hover();
  await chat.question.getByRole("button", { name: "Edit question" }).click();
  const field = page.getByRole("textbox", { name: "Edit your question" });
  await expect(field).toBeFocused();
  await expect(field).toHaveValue("First wording");
  await field.fill("Second wording");
  await field.press("Enter");
  await chat.expectAnswer("The second answer");
  await expect(chat.text(chat.question)).toHaveText("Second wording");
  await expect(chat.messages).toHaveCount(2);
  await expect(chat.question.getByRole("group", { name: "Versions" })).toHaveText("2/2");
  // On a phone, the composer's keyboard would cover the answer.
  await expect(isMobile ? chat.transcript : chat.composer).toBeFocused();

  const before = chat.question.getByRole("button", { name: "Previous version" });
  await before.focus();
  await page.keyboard.press("Enter");
  await chat.expectAnswer("The first answer");
  await expect(chat.text(chat.question)).toHaveText("First wording");
  await expect(chat.question.getByRole("group", { name: "Versions" })).toHaveText("1/2");
  // The focus moves to the new version, so that the key can be pressed again.
  await expect(chat.question.getByRole("button", { name: "Previous version" })).toBeFocused();

  await chat.reload();
  await chat.expectAnswer("The first answer");
  await chat.question.getByRole("button", { name: "Next version" }).click();
  await chat.expectAnswer("The second answer");
});

test("regenerated answers can be compared", async ({ chat, page, model }) => {
  model.on("Again and again", { text: ["one"] }, { text: ["two"] }, { text: ["three"] });
  await chat.start("Again and again");
  await chat.expectAnswer("one");
  for (const text of ["two", "three"]) {
    await page.getByRole("button", { name: "Regenerate answer" }).click();
    await chat.expectAnswer(text);
  }
  const versions = chat.answer.getByRole("group", { name: "Versions" });
  await expect(versions).toHaveText("3/3");
  await chat.answer.getByRole("button", { name: "Previous version" }).click();
  await chat.expectAnswer("two");
  await expect(versions).toHaveText("2/3");
  await chat.answer.getByRole("button", { name: "Previous version" }).click();
  await chat.expectAnswer("one");
  await expect(chat.answer.getByRole("button", { name: "Previous version" })).toBeDisabled();
  expect(model.calls("Again and again")).toHaveLength(3);
});

test("the up arrow edits the last question, and Escape cancels", async ({ chat, page, model }) => {
  await chat.start("Leave me alone");
  await chat.expectAnswer("An answer to: Leave me alone");
  await chat.composer.focus();
  await page.keyboard.press("ArrowUp");
  const field = page.getByRole("textbox", { name: "Edit your question" });
  await expect(field).toBeFocused();
  await field.fill("Something else");
  await page.keyboard.press("Escape");
  await expect(field).toHaveCount(0);
  await expect(chat.question.getByRole("button", { name: "Edit question" })).toBeFocused();
  await expect(chat.text(chat.question)).toHaveText("Leave me alone");
  expect(model.calls("Something else")).toHaveLength(0);
});

test("a rejected edit opens again with its text", anySize, async ({ chat, page, problems }) => {
  problems.allow(/status of 429/);
  await chat.start("Keep my words");
  await chat.expectAnswer("An answer to: Keep my words");
  await chat.composer.focus();
  await page.keyboard.press("ArrowUp");
  const field = page.getByRole("textbox", { name: "Edit your question" });
  await failRequests(page, "send", "TOO_MANY_REQUESTS", "Too many messages.");
  await field.fill("My new words");
  await field.press("Enter");
  await expect(chat.alert).toContainText("Too many messages.");
  await expect(field).toHaveValue("My new words");
  await expect(chat.text(chat.answer)).toHaveText("An answer to: Keep my words");
});
