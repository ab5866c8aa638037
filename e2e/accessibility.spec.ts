import { axeFindings } from "./support/axe-findings.ts";
import { anySize, expect, test } from "./support/fixtures.ts";
import { seedChat } from "./support/seed-chat.ts";

test.describe("axe", () => {
  // Without transitions, axe never measures a color halfway to another one.
  test.use({ contextOptions: { reducedMotion: "reduce" } });

  test("finds nothing in a chat, its menus and its dialogs", async ({ chat, page, model }) => {
    await chat.goto();
    expect(await axeFindings(page)).toEqual([]);

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
    await expect(page.getByRole("textbox", { name: "Edit your question" })).toBeFocused();
    await page.getByRole("button", { name: "Export chat" }).click();
    await expect(page.getByRole("menuitem", { name: "Save as Markdown" })).toBeFocused();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Cancel" }).click();

    await page.locator("[data-attach]").setInputFiles([
      { name: "a.md", mimeType: "text/markdown", buffer: Buffer.from("# a") },
      { name: "b.zip", mimeType: "application/zip", buffer: Buffer.from("PK") },
    ]);
    await expect(chat.alert).toBeVisible();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole("button", { name: "Chat settings" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+/");
    await expect(page.getByRole("dialog")).toBeVisible();
    expect(await axeFindings(page)).toEqual([]);
  });

  test("finds nothing in the chat list, its menu and the undo toast", async ({
    chat,
    page,
    db,
  }) => {
    await seedChat(db, 1);
    const chatId = await chat.start("Delete me for axe");
    await chat.expectAnswer("An answer to: Delete me for axe");
    await chat.newChat();
    await chat.openList();
    await chat.choose(chatId, "Delete");
    await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
    await page.getByRole("button", { name: "Chat options" }).first().focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("menuitem", { name: "Rename" })).toBeFocused();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await chat.searchBox.fill("no such bird");
    await expect(chat.list).toContainText("No results");
    expect(await axeFindings(page)).toEqual([]);
  });

  test("finds nothing while a tool waits for approval", async ({ chat, page, model }) => {
    const args = JSON.stringify({ feedback: "More herons" });
    model.on(
      "Ask me first",
      { toolCalls: [{ id: "call_1", name: "send_feedback", arguments: args }] },
      { text: ["Understood."] },
    );
    await chat.start("Ask me first");
    await expect(chat.approveButton).toBeVisible();
    expect(await axeFindings(page)).toEqual([]);
    await chat.denyButton.click();
    await expect(page.getByRole("textbox", { name: "Reason for denying" })).toBeFocused();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await chat.expectAnswer("Understood.");
    await chat.tool("send_feedback").locator("summary").click();
    expect(await axeFindings(page)).toEqual([]);
  });

  test("finds nothing in a failed answer, on the usage page and on missing pages", async ({
    chat,
    page,
    model,
    problems,
  }) => {
    problems.allow(/404|^server: /);
    model.on("Break for axe", { text: ["Half an ", "answer"], end: "eof" });
    await chat.start("Break for axe");
    await expect(chat.retryButton).toBeVisible();
    expect(await axeFindings(page)).toEqual([]);
    await chat.goto("/usage");
    await expect(page.getByRole("group", { name: "Measure" })).toBeVisible();
    expect(await axeFindings(page)).toEqual([]);
    await page.goto("/chats/nonsense");
    expect(await axeFindings(page)).toEqual([]);
    await page.goto("/nothing");
    expect(await axeFindings(page)).toEqual([]);
  });
});

test(
  "screen readers hear when an answer starts and ends, and nothing in between",
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
      .toEqual(["Answer started.", "Answer complete."]);
    await expect(chat.transcript).toHaveAttribute("aria-live", "off");
  },
);

test("a whole conversation works with the keyboard alone", async ({ chat, page, isMobile }) => {
  await chat.goto();
  // On a touch screen, the composer is not focused automatically, because the keyboard would cover the page.
  if (isMobile) await chat.composer.focus();
  await expect(chat.composer).toBeFocused();
  await page.keyboard.type("By keyboard");
  await page.keyboard.press("Enter");
  await chat.expectAnswer("An answer to: By keyboard");
  await expect(chat.composer).toBeFocused();
  // Moves back from the composer to the answer's Regenerate button.
  const regenerate = page.getByRole("button", { name: "Regenerate answer" });
  for (let step = 0; step < 8; step++) {
    if (await regenerate.evaluate((button) => button === document.activeElement)) break;
    await page.keyboard.press("Shift+Tab");
  }
  await expect(regenerate).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(chat.answer.getByRole("group", { name: "Versions" })).toHaveText("2/2");
});

test("nothing moves if the user prefers reduced motion", anySize, async ({ chat, page }) => {
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
