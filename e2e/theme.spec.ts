import { expect, test } from "./support/fixtures.ts";

test.use({ colorScheme: "dark" });

test("the page starts in the system's theme and keeps the user's choice", async ({
  chat,
  page,
}) => {
  const paper = async (): Promise<string> =>
    await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await chat.goto();
  const dark = await paper();
  await chat.openList();
  await page.getByRole("button", { name: "Switch to light theme" }).click();
  await expect.poll(paper).not.toBe(dark);
  const light = await paper();
  await chat.reload();
  expect(await paper()).toBe(light);
  await chat.openList();
  await page.getByRole("button", { name: "Switch to dark theme" }).click();
  await expect.poll(paper).toBe(dark);
});
