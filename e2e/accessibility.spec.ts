import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { expect, test } from "./support/fixtures.ts";

/** Names of the rules that are broken, with the elements that break them. */
async function findings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary ?? ""}`),
  );
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in the ${colorScheme} theme`, () => {
    test.use({ colorScheme });

    test("no page has findings", async ({ chat, page, model }) => {
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
      expect(await findings(page)).toEqual([]);

      await chat.question.getByRole("button", { name: "Edit question" }).click();
      expect(await findings(page)).toEqual([]);
      await page.keyboard.press("Escape");

      await page.getByRole("button", { name: "Export chat" }).click();
      expect(await findings(page)).toEqual([]);
      await page.keyboard.press("Escape");

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

    test("neither has a tool that waits for approval", async ({ chat, page, model }) => {
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

    test("neither has the usage page, nor one that is not there", async ({
      chat,
      page,
      problems,
    }) => {
      problems.allow(/404/);
      await chat.start("Something to count");
      await chat.expectAnswer("An answer to: Something to count");
      await chat.goto("/usage");
      await expect(page.locator(".recharts-surface").first()).toBeVisible();
      expect(await findings(page)).toEqual([]);
      await page.goto("/chats/nonsense");
      expect(await findings(page)).toEqual([]);
      await page.goto("/nothing");
      expect(await findings(page)).toEqual([]);
    });
  });
}

test("an answer is announced when it begins and when it ends, and not in between", async ({
  chat,
  page,
  model,
}) => {
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
});

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

test("who wants less motion gets none", async ({ chat, page }) => {
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
