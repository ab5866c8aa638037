import { failRequests } from "./support/fail-requests.ts";
import { anySize, expect, test } from "./support/fixtures.ts";

test("a new chat appears with its title and can be renamed", async ({ chat, page, db }) => {
  const chatId = await chat.start("Name me after my first words");
  await chat.expectAnswer("An answer to: Name me after my first words");
  await chat.openList();
  await expect(chat.link(chatId)).toHaveText("Name me after my first words");

  await chat.choose(chatId, "Rename");
  const field = chat.titleField;
  await expect(field).toBeFocused();
  await field.fill("Herons");
  await field.press("Enter");
  await expect(chat.link(chatId)).toHaveText("Herons");
  await expect
    .poll(async () => (await db.llmChat.findUnique({ where: { id: chatId } }))?.title)
    .toBe("Herons");

  await chat.reload();
  await expect(page).toHaveTitle(/Herons/);
  await expect(chat.link(chatId)).toHaveText("Herons");
});

test("Escape cancels renaming", async ({ chat }) => {
  const chatId = await chat.start("Leave my title alone");
  await chat.openList();
  await chat.choose(chatId, "Rename");
  const field = chat.titleField;
  await field.fill("Something else");
  await field.press("Escape");
  await expect(chat.link(chatId)).toHaveText("Leave my title alone");
  await expect(chat.list).toBeInViewport();
});

test("a deleted chat can be restored for a while, then it is gone", async ({ chat, page, db }) => {
  const chatId = await chat.start("Delete me");
  await chat.expectAnswer("An answer to: Delete me");
  const link = chat.link(chatId);
  const remove = async (): Promise<void> => {
    await chat.openList();
    await chat.choose(chatId, "Delete");
    await expect(link).toHaveCount(0);
  };
  await remove();
  await expect(page).toHaveURL(/\/$/);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(link).toHaveCount(1);
  // The chat was open, so it opens again, which closes the drawer on a phone.
  await expect(page).toHaveURL(new RegExp(`/chats/${chatId}$`));
  expect(await db.llmChat.count({ where: { id: chatId } })).toBe(1);

  await remove();
  // Leaving the page deletes the chat without waiting for Undo.
  await page.goto("about:blank");
  await expect.poll(async () => await db.llmChat.count({ where: { id: chatId } })).toBe(0);
  expect(await db.llmMessage.count({ where: { chatId } })).toBe(0);
});

test("Undo works as long as it is visible, and stays while it is focused", async ({
  chat,
  page,
  db,
  isMobile,
}) => {
  await page.clock.install();
  const chatId = await chat.start("Take your time");
  await chat.expectAnswer("An answer to: Take your time");
  const link = chat.link(chatId);
  const undo = page.getByRole("button", { name: "Undo" });
  const remove = async (): Promise<void> => {
    await chat.openList();
    await chat.choose(chatId, "Delete");
    await expect(link).toHaveCount(0);
    await expect(undo).toBeVisible();
    // A page that still shows the chat would request it after its deletion.
    await expect(page).toHaveURL(/\/$/);
    // Then the drawer closes and returns the focus.
    if (isMobile) await expect(chat.list).not.toBeInViewport();
  };
  await remove();
  await undo.focus();
  await page.clock.fastForward(60_000);
  await page.keyboard.press("Enter");
  // The chat was open, so it opens again.
  await expect(page).toHaveURL(new RegExp(`/chats/${chatId}$`));
  await chat.expectAnswer("An answer to: Take your time");
  await expect(undo).toHaveCount(0);
  expect(await db.llmChat.count({ where: { id: chatId } })).toBe(1);

  await remove();
  await page.clock.fastForward(60_000);
  await expect(undo).toHaveCount(0);
  await expect.poll(async () => await db.llmChat.count({ where: { id: chatId } })).toBe(0);
});

test("the list switches between chats", async ({ chat }) => {
  const first = await chat.start("The first of two chats");
  await chat.expectAnswer("An answer to: The first of two chats");
  await chat.newChat();
  await chat.send("The second of two chats");
  await chat.expectAnswer("An answer to: The second of two chats");
  const second = chat.chatId();
  expect(second).not.toBe(first);

  await chat.open(first);
  await chat.expectAnswer("An answer to: The first of two chats");
  await expect(chat.messages).toHaveCount(2);
});

test("a dot marks a chat with an answer in progress", async ({ chat, model }) => {
  const text = model.hold("Write for a while", "a ");
  const chatId = await chat.start("Write for a while");
  await expect(chat.text(chat.answer)).toHaveText("a");
  await chat.openList();
  const link = chat.link(chatId);
  const dot = link.locator('[aria-label="Answer in progress"]');
  await expect(dot).toBeVisible();
  await chat.reload();
  await expect(dot).toHaveCount(1);
  text.end("b");
  await chat.expectAnswer("a b");
  await expect(dot).toHaveCount(0);
});

test("on a phone, the list takes the focus and returns it", async ({ chat, page, isMobile }) => {
  test.skip(!isMobile, "The list is a drawer only on a narrow screen.");
  await chat.goto();
  const opener = page.getByRole("button", { name: "Open chat list" });
  await opener.focus();
  await page.keyboard.press("Enter");
  await expect(chat.list).toBeInViewport();
  await expect(page.getByRole("complementary").locator(":focus")).toHaveCount(1);
  await page.keyboard.press("Escape");
  await expect(opener).toBeFocused();
});

test("chats are grouped by date, and scrolling loads more of them", async ({ chat, page, db }) => {
  const day = 86_400_000;
  const seed = async (title: string, age: number): Promise<string> => {
    const at = new Date(Date.now() - age);
    return (await db.llmChat.create({ data: { title, createdAt: at, updatedAt: at } })).id;
  };
  const today = await seed("Used today", 0);
  const yesterday = await seed("Used yesterday", day);
  const lastWeek = await seed("Used last week", 4 * day);
  const longAgo = await seed("Used long ago", 400 * day);
  const fillers: string[] = [];
  for (let index = 0; index < 80; index++) {
    fillers.push(await seed(`Filler ${index}`, 100 * day + index * 60_000));
  }
  await chat.goto();
  await chat.openList();
  const groupOf = (chatId: string) =>
    chat.list
      .locator("section")
      .filter({ has: page.locator(`a[href="/chats/${chatId}"]`) })
      .locator("h2");
  await expect(groupOf(today)).toHaveText("Today");
  await expect(groupOf(yesterday)).toHaveText("Yesterday");
  await expect(groupOf(lastWeek)).toHaveText("Previous 7 days");
  const last = chat.link(longAgo);
  await expect(last).toHaveCount(0);
  await expect(async () => {
    await chat.list.evaluate((list) => list.scrollTo(0, list.scrollHeight));
    await expect(last).toBeVisible({ timeout: 500 });
  }).toPass();
  for (const id of fillers) await expect(chat.link(id)).toHaveCount(1);
  await db.llmChat.deleteMany({ where: { id: { in: [...fillers, longAgo] } } });
});

test("the keyboard alone renames, deletes and restores a chat", async ({ chat, page, db }) => {
  const chatId = await chat.start("Handle me by keyboard");
  await chat.expectAnswer("An answer to: Handle me by keyboard");
  await chat.goto();
  await chat.openList();
  const link = chat.link(chatId);
  await link.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem", { name: "Rename" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(chat.titleField).toBeFocused();
  await page.keyboard.type("Handled");
  await page.keyboard.press("Enter");
  await expect(link).toHaveText("Handled");
  await expect(link).toBeFocused();

  await page.keyboard.press("ArrowRight");
  const options = page.locator(":focus");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem", { name: "Rename" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menu")).toHaveCount(0);
  await expect(options).toHaveAccessibleName("Chat options");
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowUp");
  await expect(page.getByRole("menuitem", { name: "Delete" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(link).toHaveCount(0);
  // The focus stays in the list.
  await expect(page.getByRole("complementary").locator(":focus")).toHaveCount(1);
  // The toast appears a moment after the chat is gone, and the shortcut works only then.
  const undo = page.getByRole("button", { name: "Undo" });
  await expect(undo).toBeVisible();
  await page.keyboard.press("Alt+t");
  await expect(page.getByRole("list").filter({ has: undo })).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await expect(undo).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(link).toHaveCount(1);
  expect(await db.llmChat.count({ where: { id: chatId } })).toBe(1);
});

test(
  "a list that fails to load shows an error, and Retry loads it",
  anySize,
  async ({ chat, page, problems }) => {
    problems.allow(/status of 500/);
    await page.clock.install();
    await chat.goto();
    await chat.openList();
    await failRequests(page, "list", "INTERNAL_SERVER_ERROR", "Broken.");
    await chat.searchBox.fill("anything");
    const alert = page.getByRole("complementary").getByRole("alert");
    // The query is retried a few times with delays.
    await expect(async () => {
      await page.clock.fastForward(10_000);
      await expect(alert).toBeVisible({ timeout: 300 });
    }).toPass();
    await expect(chat.list).not.toContainText("No results");
    await page.unrouteAll();
    await alert.getByRole("button", { name: "Retry" }).click();
    await expect(alert).toHaveCount(0);
  },
);

test("search finds chats by title", anySize, async ({ chat }) => {
  const chatId = await chat.start("About the kingfisher");
  await chat.expectAnswer("An answer to: About the kingfisher");
  await chat.openList();
  await chat.searchBox.fill("kingfish");
  await expect(chat.link(chatId)).toBeVisible();
  await chat.searchBox.fill("no such bird");
  await expect(chat.list).toContainText("No results for “no such bird”.");
});

for (const id of ["0b8f7a3e-1111-4222-8333-444455556666", "nonsense"]) {
  const details = id === "nonsense" ? {} : anySize;
  test(`the unknown chat ${id} has a page with a way out`, details, async ({ chat, page }) => {
    const response = await page.goto(`/chats/${id}`);
    // It is part of the HTML, without waiting for JavaScript.
    expect(await response?.text()).toContain("It may have been deleted");
    await expect(page).toHaveTitle(/Chat not found/);
    await expect(page.getByRole("heading", { name: "Chat not found" })).toBeVisible();
    await page.getByRole("link", { name: "Start a new chat" }).click();
    await expect(page).toHaveURL(/\/$/);
    await expect(chat.composer).toBeVisible();
  });
}
