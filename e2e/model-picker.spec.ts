import { expect, test } from "./support/fixtures.ts";

test("the model of the next answer can be selected and shows its price", async ({
  chat,
  page,
  model,
}) => {
  await chat.goto();
  const picker = page.getByRole("combobox", { name: "Model" });
  await expect(picker).toHaveValue("gpt-4o-mini");
  await expect(picker.getByRole("option")).toHaveText([
    /^gpt-4o-mini · \$0\.15 \/ \$0\.60 per 1M tokens$/,
    /^gpt-4o · \$[\d.]+ \/ \$[\d.]+ per 1M tokens$/,
  ]);
  // The composer has room only for the name.
  const label = page.locator(".model-picker > span");
  await expect(label).toHaveText("gpt-4o-mini");
  await picker.selectOption("gpt-4o");
  await expect(label).toHaveText("gpt-4o");
  await chat.send("Answer with the larger one");
  await chat.expectAnswer("An answer to: Answer with the larger one");
  expect(model.calls("Answer with the larger one")[0]?.request.model).toBe("gpt-4o");
  await expect(chat.answer.locator("footer")).toContainText("gpt-4o");

  await picker.selectOption("gpt-4o-mini");
  await page.getByRole("button", { name: "Regenerate answer" }).click();
  await expect(chat.answer.getByRole("group", { name: "Versions" })).toHaveText("2/2");
  await expect(chat.answer.locator("footer")).toContainText("gpt-4o-mini");
  const models = model.calls("Answer with the larger one").map(({ request }) => request.model);
  expect(models).toEqual(["gpt-4o", "gpt-4o-mini"]);
});
