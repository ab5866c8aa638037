import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { anySize, expect, test } from "./support/fixtures.ts";
import { seedChat } from "./support/seed-chat.ts";

/** Names of the rules that are broken, with the elements that break them. */
async function analyze(axe: AxeBuilder): Promise<string[]> {
  // Without it, axe opens a page of its own each time, for frames of other origins; there are none.
  const { violations } = await axe.setLegacyMode().analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary ?? ""}`),
  );
}

/** What axe finds on the page as it is; its colours in the dark theme too, on one of the devices. */
async function findings(page: Page): Promise<string[]> {
  const light = await analyze(new AxeBuilder({ page }));
  if ((page.viewportSize()?.width ?? 0) < 768) return light;
  await setTheme(page, "dark");
  const dark = await analyze(new AxeBuilder({ page }).withRules("color-contrast"));
  await setTheme(page, "light");
  return [...light, ...dark];
}

async function setTheme(page: Page, theme: string): Promise<void> {
  await page.evaluate((name) => (document.documentElement.dataset["theme"] = name), theme);
}

test.describe("axe", () => {
  // A colour that is on its way to another one is no finding.
  test.use({ contextOptions: { reducedMotion: "reduce" } });

  test("has no findings on a page of the chat, nor in its menus and dialogs", async ({
    chat,
    page,
    model,
  }) => {
    await chat.goto();
    expect(await findings(page)).toEqual([]);

    model.on("Show me everything", {
      text: [
        "# Title\n\nText with `code`, a [link](https://example.com) and a list:\n\n- [x] one\n- two\n\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n> quote\n\n```ts\nconst a: string = 'x'; // why\n```\n",
      ],
    });
    await chat.start("Show me everything");
    await expect(chat.answer).toHaveAttribute("data-status", "complete");
    await page.getByRole("button", { name: "Regenerate answer" }).click();
    await expect(chat.answer.getByRole("group", { name: "Versions" })).toHaveText("2/2");
    await expect(chat.answer).toHaveAttribute("data-status", "complete");
    await chat.question.getByRole("button", { name: "Edit question" }).click();
    await page.getByRole("button", { name: "Export chat" }).click();
    await expect(page.getByRole("menuitem", { name: "Save as Markdown" })).toBeFocused();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Cancel" }).click();

    await page.locator("[data-attach]").setInputFiles([
      { name: "a.md", mimeType: "text/markdown", buffer: Buffer.from("# a") },
      { name: "b.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF") },
    ]);
    await expect(chat.alert).toBeVisible();
    expect(await findings(page)).toEqual([]);
    await page.getByRole("button", { name: "Chat settings" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+/");
    await expect(page.getByRole("dialog")).toBeVisible();
    expect(await findings(page)).toEqual([]);
  });

  test("has none in the list of chats, its menu and the notice that a chat was deleted", async ({
    chat,
    page,
    db,
  }) => {
    await seedChat(db, 1);
    await chat.start("Delete me for axe");
    await chat.expectAnswer("An answer to: Delete me for axe");
    await chat.newChat();
    await chat.openList();
    const item = chat.listItem("Delete me for axe");
    await chat.choose(item, "Delete");
    await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
    await page.getByRole("button", { name: "Chat options" }).first().focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("menuitem", { name: "Rename" })).toBeFocused();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("searchbox").fill("no such bird");
    await expect(chat.list).toContainText("Nothing found");
    expect(await findings(page)).toEqual([]);
  });

  test("has none while a tool waits for approval", async ({ chat, page, model }) => {
    const args = JSON.stringify({ feedback: "More herons" });
    model.on(
      "Ask me first",
      { toolCalls: [{ id: "call_1", name: "send_feedback", arguments: args }] },
      { text: ["So be it."] },
    );
    await chat.start("Ask me first");
    await expect(chat.approveButton).toBeVisible();
    expect(await findings(page)).toEqual([]);
    await chat.denyButton.click();
    await expect(page.getByRole("textbox", { name: "Reason for the denial" })).toBeFocused();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await chat.expectAnswer("So be it.");
    await chat.tool("send_feedback").locator("summary").click();
    expect(await findings(page)).toEqual([]);
  });

  test("has none on an answer that failed, the usage page and a page that is not there", async ({
    chat,
    page,
    model,
    problems,
  }) => {
    problems.allow(/404|^server: /);
    model.on("Break for axe", { text: ["Half an ", "answer"], end: "eof" });
    await chat.start("Break for axe");
    await expect(chat.retryButton).toBeVisible();
    expect(await findings(page)).toEqual([]);
    await chat.goto("/usage");
    await expect(page.locator(".recharts-surface").first()).toBeVisible();
    expect(await findings(page)).toEqual([]);
    await page.goto("/chats/nonsense");
    expect(await findings(page)).toEqual([]);
    await page.goto("/nothing");
    expect(await findings(page)).toEqual([]);
  });
});

test(
  "an answer is announced when it begins and when it ends, and not in between",
  anySize,
  async ({ chat, page, model }) => {
    const text = model.hold("Announce me", "one ");
    await chat.goto();
    await page.evaluate(() => {
      const region = document.querySelector("[role=status][aria-live=polite]");
      const heard: string[] = [];
      Object.assign(window, { heard });
      if (region === null) return;
      new MutationObserver(() => heard.push(region.textContent ?? "")).observe(region, {
        childList: true,
        characterData: true,
        subtree: true,
      });
    });
    await chat.send("Announce me");
    await expect(chat.text(chat.answer)).toHaveText("one");
    for (const word of ["two ", "three ", "four"]) text.write(word);
    text.end();
    await chat.expectAnswer("one two three four");
    await expect
      .poll(async () => await page.evaluate(() => Reflect.get(window, "heard") as string[]))
      .toEqual(["The answer has begun.", "The answer is complete."]);
    await expect(chat.transcript).toHaveAttribute("aria-live", "off");
  },
);

test("a whole conversation needs the keyboard alone", async ({ chat, page, isMobile }) => {
  await chat.goto();
  // On a touch screen the keyboard would cover the page, so it is not focused by itself.
  if (isMobile) await chat.composer.focus();
  await expect(chat.composer).toBeFocused();
  await page.keyboard.type("By keyboard");
  await page.keyboard.press("Enter");
  await chat.expectAnswer("An answer to: By keyboard");
  await expect(chat.composer).toBeFocused();
  // Back from the composer, past the answer's buttons, to the one that makes it again.
  const again = page.getByRole("button", { name: "Regenerate answer" });
  for (let step = 0; step < 8; step++) {
    if (await again.evaluate((button) => button === document.activeElement)) break;
    await page.keyboard.press("Shift+Tab");
  }
  await expect(again).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(chat.answer.getByRole("group", { name: "Versions" })).toHaveText("2/2");
});

test("who wants less motion gets none", anySize, async ({ chat, page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await chat.goto();
  const durations = await page.evaluate(() =>
    [...document.querySelectorAll("*")].map((element) => {
      const { transitionDuration, animationDuration } = getComputedStyle(element);
      return Math.max(parseFloat(transitionDuration), parseFloat(animationDuration));
    }),
  );
  expect(Math.max(...durations)).toBeLessThan(0.01);
});
