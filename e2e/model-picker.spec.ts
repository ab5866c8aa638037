import { expect, test } from "./support/fixtures.ts";

test("the model of the next answer can be selected and shows its price", async ({
  chat,
  page,
  model,
}) => {
  await chat.goto();
  const picker = page.getByRole("button", { name: /^Model: / });
  const models = page.getByRole("menuitemradio");
  // The composer has room only for the name.
  await expect(picker).toHaveText("gpt-4o-mini");
  await picker.click();
  await expect(models).toHaveText([
    /^gpt-4o-mini\$0\.15 in · \$0\.60 out per 1M tokens$/,
    /^gpt-4o\$[\d.]+ in · \$[\d.]+ out per 1M tokens$/,
  ]);
  await expect(models.first()).toBeFocused();
  await expect(models.first()).toBeChecked();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(picker).toHaveText("gpt-4o");
  await expect(picker).toBeFocused();
  await chat.send("Answer with the larger one");
  await chat.expectAnswer("An answer to: Answer with the larger one");
  expect(model.calls("Answer with the larger one")[0]?.request.model).toBe("gpt-4o");
  await expect(chat.answer.locator("footer")).toContainText("gpt-4o");

  await picker.click();
  await expect(models.last()).toBeFocused();
  await models.first().click();
  await page.getByRole("button", { name: "Regenerate answer" }).click();
  await expect(chat.answer.getByRole("group", { name: "Versions" })).toHaveText("2/2");
  await expect(chat.answer.locator("footer")).toContainText("gpt-4o-mini");
  const asked = model.calls("Answer with the larger one").map(({ request }) => request.model);
  expect(asked).toEqual(["gpt-4o", "gpt-4o-mini"]);
});
