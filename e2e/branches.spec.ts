import { anySize, expect, test } from "./support/fixtures.ts";

test("a question can be edited in its place, and both versions stay", async ({
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
  // Without the keyboard of a phone, which would cover the answer.
  await expect(isMobile ? chat.transcript : chat.composer).toBeFocused();

  const before = chat.question.getByRole("button", { name: "Previous version" });
  await before.focus();
  await page.keyboard.press("Enter");
  await chat.expectAnswer("The first answer");
  await expect(chat.text(chat.question)).toHaveText("First wording");
  await expect(chat.question.getByRole("group", { name: "Versions" })).toHaveText("1/2");
  // The focus goes on with the version, so that the keys can be pressed again.
  await expect(chat.question.getByRole("button", { name: "Previous version" })).toBeFocused();

  await chat.reload();
  await chat.expectAnswer("The first answer");
  await chat.question.getByRole("button", { name: "Next version" }).click();
  await chat.expectAnswer("The second answer");
});

test("answers that were made again can be compared", async ({ chat, page, model }) => {
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

test("Escape leaves a question as it is, and the up arrow begins to edit it", async ({
  chat,
  page,
  model,
}) => {
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

test(
  "an edit that the server refuses comes back with what was written",
  anySize,
  async ({ chat, page, problems }) => {
    problems.allow(/status of 429/);
    await chat.start("Keep my words");
    await chat.expectAnswer("An answer to: Keep my words");
    await chat.composer.focus();
    await page.keyboard.press("ArrowUp");
    const field = page.getByRole("textbox", { name: "Edit your question" });
    await page.route("**/api/trpc/chat.send*", async (route) => {
      await route.fulfill({
        status: 429,
        contentType: "application/json",
        body: JSON.stringify([
          {
            error: {
              message: "Too many messages.",
              code: -32029,
              data: { code: "TOO_MANY_REQUESTS", httpStatus: 429 },
            },
          },
        ]),
      });
    });
    await field.fill("My new words");
    await field.press("Enter");
    await expect(chat.alert).toContainText("Too many messages.");
    await expect(field).toHaveValue("My new words");
    await expect(chat.text(chat.answer)).toHaveText("An answer to: Keep my words");
  },
);
