import { expect, test } from "./support/fixtures.ts";

test.use({ provider: "offline" });

test("a question about the package is answered from its documentation with a tool call", async ({
  chat,
}) => {
  await chat.start("How do I mount the chat router in my tRPC app?");
  const card = chat.answer.locator('[data-tool="search_docs"]');
  await expect(card).toHaveAttribute("data-tool-status", "complete");
  await expect(chat.answer).toHaveAttribute("data-status", "complete", { timeout: 20_000 });
  await expect(chat.text(chat.answer)).toContainText(
    "Call createChatRouter with your own procedure builder",
  );
  await expect(chat.text(chat.answer)).toContainText("I’m the offline model");
  // The Markdown is rendered.
  await expect(chat.text(chat.answer).locator("blockquote strong")).toHaveText("offline model");
  await expect(chat.text(chat.answer)).not.toContainText("**");
  await expect(chat.text(chat.answer).locator("pre code")).toContainText("createChatRouter({");
});

test("what the documentation does not say, the offline model does not know", async ({ chat }) => {
  await chat.start("12 * 7");
  await expect(chat.text(chat.answer)).toContainText("I don’t know.");
  await chat.send("Which football club won yesterday?");
  await expect(chat.text(chat.answer)).toContainText("I don’t know.");
  await expect(chat.text(chat.answer)).toContainText("“Which football club won yesterday?”");
});

test("the offline model answers several turns", async ({ chat, db }) => {
  const turns = [
    "Hello",
    "What happens when the process is killed?",
    "Show me the useChat hook",
    "Thanks",
  ];
  await chat.goto();
  for (const [index, turn] of turns.entries()) {
    await chat.send(turn);
    await expect(chat.answers).toHaveCount(index + 1);
    await expect(chat.answer).toHaveAttribute("data-status", "complete", { timeout: 20_000 });
    await expect(chat.text(chat.answer)).not.toHaveText("");
  }
  await expect(chat.text(chat.answers.first())).toContainText("Hello!");
  await expect(chat.answers.nth(2).locator("[data-tool]")).toHaveCount(1);
  await expect(chat.text(chat.answer)).toContainText("You’re welcome!");
  const rows = await db.llmMessage.findMany({ where: { chatId: chat.chatId() } });
  expect(rows).toHaveLength(8);
  expect(rows.every((row) => row.status === "complete")).toBe(true);
});

test("a tool card is there from the first byte, and its arguments grow in place", async ({
  chat,
  page,
}) => {
  const feedback = "the herons are easy to read and ".repeat(60).trim();
  await chat.goto();
  await page.evaluate(() => {
    const seen = new Map<Element, string[]>();
    Object.assign(window, { cards: () => [...seen.values()] });
    new MutationObserver(() => {
      for (const card of document.querySelectorAll("[data-tool]")) {
        const states = seen.get(card) ?? [];
        const text = card.querySelector("summary")?.textContent ?? "";
        const state = `${card.getAttribute("data-tool-status") ?? ""} ${text}`;
        if (states.at(-1) !== state) seen.set(card, [...states, state]);
      }
    }).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    });
  });
  await chat.sendOnly(`Send feedback: ${feedback}`);
  await expect(chat.approveButton).toBeVisible();
  const cards = await page.evaluate(() => {
    const read: () => string[][] = Reflect.get(window, "cards");
    return read();
  });
  expect(cards).toHaveLength(1);
  const writing = (cards[0] ?? []).filter((state) => state.startsWith("writing "));
  expect(writing.length).toBeGreaterThan(1);
  // The preview has at most 200 characters.
  const lengths = writing.map((state) => state.length);
  expect(lengths).toEqual(lengths.toSorted((one, other) => one - other));
  expect(writing[0]?.length).toBeLessThan(100);
  expect(cards[0]?.at(-1)).toMatch(/^awaiting_approval send_feedback.*Needs approval$/);
});

test("a suggestion demonstrates an approval without an API key", async ({ chat, page }) => {
  await chat.goto();
  await page.getByRole("button", { name: /Approve a tool/ }).click();
  await chat.approveButton.click();
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
  await expect(chat.text(chat.answer)).toContainText("Thank you! I saved it to");
  const card = chat.tool("send_feedback");
  await card.locator("summary").click();
  await expect(card.getByRole("group", { name: "Result" })).toContainText(
    /Saved to .*feedback\.md on the server/,
  );
});
