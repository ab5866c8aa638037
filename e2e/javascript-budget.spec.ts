import { gzipSync } from "node:zlib";

import type { Page } from "@playwright/test";

import { expect, test } from "./support/fixtures.ts";
import { seedChat } from "./support/seed-chat.ts";

/**
 * The JavaScript that a page may load before any interaction, in gzipped bytes. Next and React take about 132 KiB of it.
 * A new chat loads what shows messages when the user begins to type.
 */
const budgets = { "a new chat": 200 * 1_024, "a chat with answers": 230 * 1_024 } as const;

/** Returns the scripts that a page loads without any interaction. */
async function scriptsOf(page: Page, path: string): Promise<readonly Buffer[]> {
  const scripts: Promise<Buffer>[] = [];
  page.on("response", (response) => {
    if (response.request().resourceType() === "script") scripts.push(response.body());
  });
  await page.goto(path, { waitUntil: "networkidle" });
  return await Promise.all(scripts);
}

for (const name of ["a new chat", "a chat with answers"] as const) {
  const budget = budgets[name];

  test(`${name} stays within its JavaScript budget`, async ({ page, db }) => {
    const path = name === "a new chat" ? "/" : `/chats/${await seedChat(db, 3)}`;
    const scripts = await scriptsOf(page, path);
    const total = scripts.reduce((sum, script) => sum + gzipSync(script).length, 0);
    console.log(`${name}: ${total} of ${budget} bytes of JavaScript, gzipped`);
    expect(scripts.length).toBeGreaterThan(3);
    expect(total).toBeLessThanOrEqual(budget);
    // Highlighting and formulas are loaded on demand.
    const code = Buffer.concat(scripts).toString();
    expect(code).not.toContain("hljs");
    expect(code).not.toContain("KaTeX");
  });
}

test("highlighting is loaded with the first code block, KaTeX with the first formula", async ({
  chat,
  page,
  model,
}) => {
  model.on("Write code", { text: ["```ts\nconst a = 1;\n```"] });
  model.on("Write a formula", { text: ["\\(a^2\\)"] });
  await chat.goto();
  const scripts: string[] = [];
  page.on("response", (response) => {
    if (response.request().resourceType() !== "script") return;
    // Fails for a script that is still loading when the page closes.
    void response.text().then(
      (text) => scripts.push(text),
      () => undefined,
    );
  });
  const loaded = (): string => scripts.join("\n");
  await chat.send("Write code");
  await expect(chat.answer.locator("pre code span").first()).toHaveText("const");
  await expect.poll(loaded).toContain("hljs");
  expect(loaded()).not.toContain("KaTeX");
  await chat.send("Write a formula");
  await expect(chat.answer.locator(".katex")).toBeVisible();
  await expect.poll(loaded).toContain("KaTeX");
});
