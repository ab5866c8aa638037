import { anySize, expect, test } from "./support/fixtures.ts";

test("a new chat appears with its title, which can be changed", async ({ chat, page, db }) => {
  const chatId = await chat.start("Name me after my first words");
  await chat.expectAnswer("An answer to: Name me after my first words");
  await chat.openList();
  const item = chat.listItem("Name me after my first words");
  await expect(item).toBeVisible();

  await chat.choose(item, "Rename");
  const field = page.getByRole("textbox", { name: "Title of the chat" });
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

test("Escape leaves a title as it is", async ({ chat, page }) => {
  const chatId = await chat.start("Leave my title alone");
  await chat.openList();
  const item = chat.listItem("Leave my title alone");
  await chat.choose(item, "Rename");
  const field = page.getByRole("textbox", { name: "Title of the chat" });
  await field.fill("Something else");
  await field.press("Escape");
  await expect(chat.link(chatId)).toHaveText("Leave my title alone");
  await expect(chat.list).toBeInViewport();
});

test("a deleted chat can be brought back for a while, then it is gone", async ({
  chat,
  page,
  db,
}) => {
  const chatId = await chat.start("Delete me");
  await chat.expectAnswer("An answer to: Delete me");
  const link = chat.link(chatId);
  const remove = async (): Promise<void> => {
    await chat.openList();
    const item = chat.list
      .locator("li")
      .filter({ has: page.locator(`a[href="/chats/${chatId}"]`) });
    await chat.choose(item, "Delete");
    await expect(link).toHaveCount(0);
  };
  await remove();
  await expect(page).toHaveURL(/\/$/);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(link).toHaveCount(1);
  // It was the open one; the drawer of a phone closes when it is opened again.
  await expect(page).toHaveURL(new RegExp(`/chats/${chatId}$`));
  expect(await db.llmChat.count({ where: { id: chatId } })).toBe(1);

  await remove();
  // Leaving the page does not wait for the time to undo.
  await page.goto("about:blank");
  await expect.poll(async () => await db.llmChat.count({ where: { id: chatId } })).toBe(0);
  expect(await db.llmMessage.count({ where: { chatId } })).toBe(0);
});

test("Undo works as long as it is there, and stays while somebody is at it", async ({
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
    await chat.choose(chat.listItem("Take your time"), "Delete");
    await expect(link).toHaveCount(0);
    await expect(undo).toBeVisible();
    // A page that still shows the chat would ask the server for it when it is deleted.
    await expect(page).toHaveURL(/\/$/);
    // The drawer closes then, and gives the focus back.
    if (isMobile) await expect(chat.list).not.toBeInViewport();
  };
  await remove();
  await undo.focus();
  await page.clock.fastForward(60_000);
  await page.keyboard.press("Enter");
  // It was the open one, so it is open again.
  await expect(page).toHaveURL(new RegExp(`/chats/${chatId}$`));
  await chat.expectAnswer("An answer to: Take your time");
  await expect(undo).toHaveCount(0);
  expect(await db.llmChat.count({ where: { id: chatId } })).toBe(1);

  await remove();
  await page.clock.fastForward(60_000);
  await expect(undo).toHaveCount(0);
  await expect.poll(async () => await db.llmChat.count({ where: { id: chatId } })).toBe(0);
});

test("the list leads from chat to chat", async ({ chat }) => {
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

test("a dot says that an answer is being written", async ({ chat, model }) => {
  const text = model.hold("Write for a while", "a ");
  const chatId = await chat.start("Write for a while");
  await expect(chat.text(chat.answer)).toHaveText("a");
  await chat.openList();
  const link = chat.link(chatId);
  const dot = link.locator('[aria-label="An answer is being written"]');
  await expect(dot).toBeVisible();
  await chat.reload();
  await expect(dot).toHaveCount(1);
  text.end("b");
  await chat.expectAnswer("a b");
  await expect(dot).toHaveCount(0);
});

test("on a phone the list takes the focus, and gives it back", async ({ chat, page, isMobile }) => {
  test.skip(!isMobile, "The list is a drawer on a narrow screen only.");
  await chat.goto();
  const opener = page.getByRole("button", { name: "Open the list of chats" });
  await opener.focus();
  await page.keyboard.press("Enter");
  await expect(chat.list).toBeInViewport();
  await expect(page.getByRole("complementary").locator(":focus")).toHaveCount(1);
  await page.keyboard.press("Escape");
  await expect(opener).toBeFocused();
});

test("chats stand below the day they were used on, and further ones come while scrolling", async ({
  chat,
  db,
}) => {
  const day = 86_400_000;
  const titles = ["Used today", "Used yesterday", "Used last week", "Used long ago"];
  const ages = [0, 1, 4, 400];
  await db.llmChat.createMany({
    data: titles.map((title, index) => {
      const at = new Date(Date.now() - (ages[index] ?? 0) * day);
      return { title, createdAt: at, updatedAt: at };
    }),
  });
  await db.llmChat.createMany({
    data: Array.from({ length: 80 }, (_, index) => {
      const at = new Date(Date.now() - 100 * day - index * 60_000);
      return { title: `Filler ${index}`, createdAt: at, updatedAt: at };
    }),
  });
  await chat.goto();
  await chat.openList();
  const groupOf = (title: string) =>
    chat.list.locator("section").filter({ hasText: title }).locator("h2");
  await expect(groupOf("Used today")).toHaveText("Today");
  await expect(groupOf("Used yesterday")).toHaveText("Yesterday");
  await expect(groupOf("Used last week")).toHaveText("Previous 7 days");
  const last = chat.listItem("Used long ago");
  await expect(last).toHaveCount(0);
  await expect(async () => {
    await chat.list.evaluate((list) => list.scrollTo(0, list.scrollHeight));
    await expect(last).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(chat.listItem("Filler 79")).toHaveCount(1);
  await db.llmChat.deleteMany({ where: { title: { startsWith: "Filler" } } });
});

test("the keyboard alone renames, deletes and brings back", async ({ chat, page, db }) => {
  const chatId = await chat.start("Handle me by keyboard");
  await chat.expectAnswer("An answer to: Handle me by keyboard");
  await chat.goto();
  await chat.openList();
  const link = chat.link(chatId);
  await link.focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem", { name: "Rename" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "Title of the chat" })).toBeFocused();
  await page.keyboard.type("Handled");
  await page.keyboard.press("Enter");
  await expect(link).toHaveText("Handled");
  await expect(link).toBeFocused();

  await page.keyboard.press("Tab");
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
  // The focus is still in the list.
  await expect(page.getByRole("complementary").locator(":focus")).toHaveCount(1);
  // The key leads to a notice that is there; it comes a moment after the chat is gone from the list.
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
  "a list that could not be loaded says so, and Retry loads it",
  anySize,
  async ({ chat, page, problems }) => {
    problems.allow(/status of 500/);
    await page.clock.install();
    await chat.goto();
    await chat.openList();
    await page.route(/chat\.list/, async (route) => {
      await route.fulfill({
        status: 500,
        contentType: "application/json",
        body: JSON.stringify([
          { error: { message: "Broken.", code: -32603, data: { code: "INTERNAL_SERVER_ERROR" } } },
        ]),
      });
    });
    await page.getByRole("searchbox", { name: "Search chats" }).fill("anything");
    const alert = page.getByRole("complementary").getByRole("alert");
    // It is asked for some more times, with pauses.
    await expect(async () => {
      await page.clock.fastForward(10_000);
      await expect(alert).toBeVisible({ timeout: 300 });
    }).toPass();
    await expect(chat.list).not.toContainText("Nothing found");
    await page.unroute(/chat\.list/);
    await alert.getByRole("button", { name: "Retry" }).click();
    await expect(alert).toHaveCount(0);
  },
);

test("search finds chats by their title", anySize, async ({ chat, page }) => {
  await chat.start("About the kingfisher");
  await chat.expectAnswer("An answer to: About the kingfisher");
  await chat.openList();
  await page.getByRole("searchbox", { name: "Search chats" }).fill("kingfish");
  await expect(chat.listItem("About the kingfisher").first()).toBeVisible();
  await page.getByRole("searchbox", { name: "Search chats" }).fill("no such bird");
  await expect(chat.list).toContainText("Nothing found for “no such bird”.");
});

for (const id of ["0b8f7a3e-1111-4222-8333-444455556666", "nonsense"]) {
  const details = id === "nonsense" ? {} : anySize;
  test(`the unknown chat ${id} has a page that leads on`, details, async ({ chat, page }) => {
    const response = await page.goto(`/chats/${id}`);
    // It is in the HTML: nothing waits for the browser.
    expect(await response?.text()).toContain("This chat does not exist");
    await expect(page).toHaveTitle(/Chat not found/);
    await expect(page.getByRole("heading", { name: "This chat does not exist" })).toBeVisible();
    await page.getByRole("link", { name: "Start a new chat" }).click();
    await expect(page).toHaveURL(/\/$/);
    await expect(chat.composer).toBeVisible();
  });
}
