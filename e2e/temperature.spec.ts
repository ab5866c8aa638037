import { expect, test } from "./support/fixtures.ts";

test("a chat has its own temperature, which the keyboard can set", async ({
  chat,
  page,
  model,
  db,
}) => {
  const settings = page.getByRole("button", { name: /^Chat settings/ });
  const dialog = page.getByRole("dialog", { name: "Chat settings" });
  const slider = dialog.getByRole("slider", { name: "Temperature" });
  const sent = (prompt: string) => model.calls(prompt)[0]?.request;
  await chat.goto();
  await settings.click();
  const byDefault = dialog.getByRole("checkbox", { name: "Use the model’s default" });
  await expect(byDefault).toBeChecked();
  await expect(slider).toHaveCount(0);
  await expect(dialog.getByRole("textbox", { name: "Instructions" })).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(byDefault).toBeFocused();
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  await expect(slider).toBeFocused();
  for (let press = 0; press < 7; press++) await page.keyboard.press("ArrowLeft");
  await expect(slider).toHaveAttribute("aria-valuetext", "0.3");
  await page.keyboard.press("Enter");
  await expect(dialog).toHaveCount(0);
  await expect(settings).toBeFocused();
  await expect(settings).toHaveAccessibleName("Chat settings, temperature 0.3");
  await chat.send("How warm is it?");
  await chat.expectAnswer("An answer to: How warm is it?");
  expect(sent("How warm is it?")).toMatchObject({ temperature: 0.3 });

  await chat.reload();
  await settings.click();
  await expect(slider).toHaveValue("0.3");
  await slider.fill("1.2");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(settings).toBeFocused();
  await expect(settings).toHaveAccessibleName("Chat settings, temperature 1.2");
  await chat.send("And now?");
  await chat.expectAnswer("An answer to: And now?");
  expect(sent("And now?")).toMatchObject({ temperature: 1.2 });

  await settings.click();
  await byDefault.check();
  await expect(slider).toHaveCount(0);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(settings).toBeFocused();
  await expect(settings).toHaveAccessibleName("Chat settings");
  const row = await db.llmChat.findUnique({ where: { id: chat.chatId() } });
  expect(row?.temperature).toBeNull();
  await chat.send("And at last?");
  await chat.expectAnswer("An answer to: And at last?");
  expect(sent("And at last?")).not.toHaveProperty("temperature");
});
