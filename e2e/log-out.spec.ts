import { expect, test } from "@playwright/test";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { startUserApp } from "./support/user-app/start-user-app.ts";

test("nothing of a user is left on the page, in other tabs or in flight when another one logs in", async ({
  context,
}) => {
  const provider = createScriptedProvider([
    "anna’s answer ",
    { hold: true },
    "goes on",
    { hold: true },
    " and ends",
  ]);
  const app = await startUserApp(provider);
  const { prisma, url } = app;
  await prisma.llmChat.create({ data: { id: "secret", title: "anna’s chat", userId: "anna" } });
  await prisma.llmChat.create({ data: { id: "open", title: "A chat of eve", userId: "eve" } });
  await context.addCookies([{ name: "user", value: "anna", url }]);

  const problems: string[] = [];
  context.on("weberror", (event) => problems.push(String(event.error())));
  const page = await context.newPage();
  const other = await context.newPage();
  for (const tab of [page, other]) await tab.goto(`${url}/?chat=secret`);
  // The tab that asks has the connection, and the other one follows it.
  await other.getByRole("button", { name: "Ask" }).click();
  for (const tab of [page, other]) {
    await expect(tab.getByText("anna’s answer")).toBeVisible();
    await expect(tab.getByRole("list", { name: "Chats" })).toContainText("anna’s chat");
  }

  // A rename is in flight, which fails after the log-out, and the answer goes on in the other tab.
  let refuse = (): void => {};
  const refused = new Promise<void>((resolve) => (refuse = resolve));
  await page.route(/chat\.update/, async (route) => {
    await refused;
    await route.abort();
  });
  await page.getByRole("button", { name: "Rename" }).click();
  await expect(page.getByText("anna’s renamed chat")).toBeVisible();

  const seen = await page.evaluateHandle(() => {
    const texts: string[] = [];
    const look = (): void => void texts.push(document.querySelector("div")?.textContent ?? "");
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
    return texts;
  });
  await page.getByRole("button", { name: "Log in as eve" }).click();
  await expect(page.getByRole("list", { name: "Chats" })).toContainText("A chat of eve");
  await expect(page.getByRole("alert")).toHaveText("NOT_FOUND");
  provider.release();
  await expect(other.getByText("anna’s answer goes on")).toBeVisible();
  const failed = page.waitForEvent("requestfailed");
  refuse();
  await failed;
  provider.release();
  await expect(other.getByText("goes on and ends")).toBeVisible();

  const texts = await seen.jsonValue();
  expect(texts.length).toBeGreaterThan(0);
  expect(texts.filter((text) => text.includes("anna"))).toEqual([]);
  expect(await page.locator("body").innerText()).not.toContain("anna");
  expect(problems).toEqual([]);
  await app.close();
});
