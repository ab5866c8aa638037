import { expect, test } from "./support/fixtures.ts";

declare global {
  interface Window {
    hacked?: string;
  }
}

const attack = "window.hacked='yes'";
const hostile = [
  `<script>${attack}</script>`,
  `<img src="x" onerror="${attack}">`,
  `<svg onload="${attack}"></svg>`,
  `<iframe src="javascript:${attack}"></iframe>`,
  `<a href="javascript:${attack}">raw link</a>`,
  `<style>body { display: none }</style>`,
  `[click me](javascript:${attack})`,
  `[click me too](JaVaScRiPt&colon;${attack})`,
  `[data](data:text/html,<script>${attack}</script>)`,
  `<javascript:${attack}>`,
  "![a picture](https://evil.example/pixel.png?leak=1)",
  `![x](x" onerror="${attack})`,
  `\`\`\`html\n<script>${attack}</script>\n\`\`\``,
  `| a | b |\n|---|---|\n| <img src=x onerror="${attack}"> | [x](vbscript:${attack}) |`,
  "[a good link](https://example.com/page)",
  "The end.",
].join("\n\n");

test("a hostile answer runs no code and contacts no other host", async ({ chat, model, page }) => {
  // Split at odd places, so that incomplete pieces are rendered too.
  model.on("Attack me", { text: hostile.match(/[\s\S]{1,7}/g) ?? [], delay: 2 });
  await chat.start("Attack me");
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
  const content = chat.text(chat.answer);
  await expect(content).toContainText("The end.");
  for (const name of ["click me", "click me too", "data", "raw link", "x"]) {
    const found = content.getByText(name, { exact: true });
    // Text that did not become a link is not an element of its own.
    if ((await found.count()) > 0) await found.first().click({ force: true });
  }
  const check = async (): Promise<void> => {
    await expect(
      content.locator("script, img, svg[onload], iframe, style, object, embed"),
    ).toHaveCount(0);
    const links = await content
      .locator("a")
      .evaluateAll((all) => all.map((one) => one.getAttribute("href") ?? ""));
    expect(links.filter((href) => !/^(https?|mailto):/.test(href))).toEqual([]);
    expect(links).toContain("https://example.com/page");
    const handlers = await content.evaluate((root) =>
      [...root.querySelectorAll("*")]
        .flatMap((one) => one.getAttributeNames())
        .filter((name) => name.startsWith("on")),
    );
    expect(handlers).toEqual([]);
    expect(await page.evaluate(() => window.hacked)).toBeUndefined();
    await expect(page.locator("body")).toBeVisible();
  };
  await check();
  await chat.reload();
  await check();
  // PageProblems fails the test for any request to evil.example.
});

test("a hostile prompt and title stay text", async ({ chat, page }) => {
  const prompt = `<img src=x onerror="${attack}"> </script><script>${attack}</script>`;
  await chat.start(prompt);
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
  await chat.reload();
  await expect(chat.text(chat.question)).toHaveText(prompt);
  expect(await page.evaluate(() => window.hacked)).toBeUndefined();
});
