import { expect, test } from "./support/fixtures.ts";
import { seedChat } from "./support/seed-chat.ts";

test("the arrow keys go from the search through the list and back", async ({ chat, page, db }) => {
  const older = await seedChat(db, 1);
  const newer = await seedChat(db, 1);
  await chat.goto();
  await page.keyboard.press("Control+k");
  await expect(chat.searchBox).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(chat.list.getByRole("link").first()).toBeFocused();
  const links = chat.list.getByRole("link");
  await page.keyboard.press("ArrowDown");
  await expect(links.nth(1)).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await expect(chat.searchBox).toBeFocused();
  await page.keyboard.press("ArrowDown");
  // More are loaded when the last one is in view.
  const last = await links.last().getAttribute("href");
  await page.keyboard.press("End");
  await expect(chat.list.locator(`a[href="${last}"]`)).toBeFocused();
  await page.keyboard.press("Home");
  await expect(links.first()).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("button", { name: "Chat options" }).first()).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(links.first()).toBeFocused();
  // The list is one stop for Tab.
  const stops = await links.evaluateAll((all) => all.filter((link) => link.tabIndex === 0).length);
  expect(stops).toBe(1);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/chats\//);
  expect([older, newer]).toHaveLength(2);
});

test("Enter in the search opens the first chat that was found", async ({ chat, page, model }) => {
  model.on("Name a wading bird", {
    text: ["It is **the `black-winged` stilt**, see [this](https://example.com)."],
  });
  const chatId = await chat.start("Name a wading bird");
  await chat.expectAnswer("It is the black-winged stilt, see this.");
  await chat.newChat();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("stilt");
  await expect(chat.list.getByRole("link")).toHaveCount(1);
  // The excerpt is plain text.
  await expect(chat.link(chatId)).toContainText("It is the black-winged stilt, see this.");
  await expect(chat.link(chatId).locator("mark")).toHaveText("stilt");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/chats/${chatId}$`));
  // The address changes before the page does.
  await expect(chat.answer).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.keyboard.press("Control+Shift+o");
  await expect(page).toHaveURL(/\/$/);
  await expect(chat.composer).toBeFocused();
});

test("Enter in the search waits for what it asks for", async ({ chat, page, db, isMobile }) => {
  const wanted = await seedChat(db, 1);
  await db.llmChat.update({ where: { id: wanted }, data: { title: "A lone whimbrel" } });
  await seedChat(db, 1);
  await chat.goto();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("whimbrel");
  // The list still shows all chats, the newest one first.
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/chats/${wanted}$`));
  // A phone's drawer closes with the navigation, and takes the search and the focus with it.
  if (isMobile) return;
  await expect(chat.searchBox).toHaveValue("whimbrel");
  // With a modifier, the keys are the browser's.
  await chat.link(wanted).focus();
  await page.keyboard.press("Alt+ArrowRight");
  await expect(chat.link(wanted)).toBeFocused();
});

test("the list can be hidden, which the page remembers", async ({ chat, page, isMobile }) => {
  test.skip(isMobile, "a phone's list is a drawer");
  await chat.goto();
  await expect(chat.list).toBeVisible();
  await page.keyboard.press("Control+b");
  await expect(chat.list).toBeHidden();
  await page.reload();
  await expect(chat.list).toBeHidden();
  await page.getByRole("button", { name: "Open chat list" }).click();
  await expect(chat.list).toBeVisible();
  await page.getByRole("button", { name: "Hide chat list" }).click();
  await expect(chat.list).toBeHidden();
  await page.keyboard.press("Control+k");
  await expect(chat.searchBox).toBeFocused();
});

test("no field acts while an input method composes", async ({ chat, page, model, context }) => {
  const devtools = await context.newCDPSession(page);
  /** Enter as it comes during a composition: Safari reports only its code. */
  const compose = async (): Promise<void> => {
    const text = { text: "にほん", selectionStart: 3, selectionEnd: 3 };
    await devtools.send("Input.imeSetComposition", text);
    const enter = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 229 };
    await devtools.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...enter });
    await devtools.send("Input.dispatchKeyEvent", { type: "keyUp", ...enter });
  };
  const args = JSON.stringify({ feedback: "More herons" });
  model.on(
    "Ask me first, please",
    { toolCalls: [{ id: "call_1", name: "send_feedback", arguments: args }] },
    { text: ["Understood."] },
  );
  await chat.start("Ask me first, please");
  await chat.denyButton.click();
  const reason = page.getByRole("textbox", { name: "Reason for denying" });
  await expect(reason).toBeFocused();
  await compose();
  await expect(reason).toHaveValue(/にほん/);
  await expect(chat.answer).toHaveAttribute("data-status", "awaiting_approval");
  await devtools.send("Input.insertText", { text: "日本" });
  await page.keyboard.press("Enter");
  await chat.expectAnswer("Understood.");

  await chat.question.hover();
  await chat.question.getByRole("button", { name: "Edit question" }).click();
  const edit = page.getByRole("textbox", { name: "Edit your question" });
  await expect(edit).toBeFocused();
  await compose();
  await expect(edit).toHaveValue(/にほん/);
  await devtools.send("Input.insertText", { text: "" });
  await page.getByRole("button", { name: "Cancel" }).click();

  await chat.openList();
  await chat.choose(chat.chatId(), "Rename");
  await expect(chat.titleField).toBeFocused();
  await compose();
  await expect(chat.titleField).toHaveValue(/にほん/);
});
