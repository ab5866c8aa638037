import { ChatPage } from "./support/chat-page.ts";
import { anySize, expect, test } from "./support/fixtures.ts";

test("Enter sends, Shift+Enter starts a new line", async ({ chat, page, db }) => {
  await chat.goto();
  await chat.composer.focus();
  await page.keyboard.type("one");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("two");
  await expect(chat.composer).toHaveValue("one\ntwo");
  await expect(page).toHaveURL(/\/$/);
  await page.keyboard.press("Enter");

  await expect(chat.question).toHaveAttribute("data-status", "complete");
  await expect(chat.composer).toHaveValue("");
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
  const id = await chat.idOf(chat.question);
  expect((await db.llmMessage.findUnique({ where: { id } }))?.content).toBe("one\ntwo");
});

test(
  "Enter that ends an IME composition does not send",
  anySize,
  async ({ chat, page, context }) => {
    await chat.goto();
    await chat.composer.focus();
    const devtools = await context.newCDPSession(page);
    await devtools.send("Input.imeSetComposition", {
      text: "にほん",
      selectionStart: 3,
      selectionEnd: 3,
    });
    const enter = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 229 };
    await devtools.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...enter });
    await devtools.send("Input.dispatchKeyEvent", { type: "keyUp", ...enter });
    await expect(page).toHaveURL(/\/$/);
    await expect(chat.messages).toHaveCount(0);
    await expect(chat.composer).toHaveValue(/にほん/);

    await devtools.send("Input.insertText", { text: "日本" });
    await expect(chat.composer).toHaveValue("日本");
    await page.keyboard.press("Enter");
    await expect(chat.question).toHaveText("日本");
    await expect(chat.answer).toHaveAttribute("data-status", "complete");
  },
);

test("an empty message cannot be sent", anySize, async ({ chat, page, db }) => {
  const before = await db.llmChat.count();
  await chat.goto();
  await expect(chat.sendButton).toBeDisabled();
  await chat.composer.fill("  \n ");
  await expect(chat.sendButton).toBeDisabled();
  await chat.composer.press("Enter");
  await expect(page).toHaveURL(/\/$/);
  await expect(chat.messages).toHaveCount(0);
  expect(await db.llmChat.count()).toBe(before);
});

test("the next message can be typed but not sent while an answer streams", async ({
  chat,
  model,
  page,
}) => {
  const text = model.hold("Stream on", "some ");
  await chat.start("Stream on");
  await expect(chat.text(chat.answer)).toHaveText("some");
  await chat.composer.click();
  await page.keyboard.type("My next one");
  text.write("more ");
  await expect(chat.text(chat.answer)).toHaveText("some more");
  await expect(chat.composer).toHaveValue("My next one");
  const hint = page.getByText("Not sent. Wait for the answer to finish, or stop it.");
  await expect(hint).toHaveCount(0);
  await page.keyboard.press("Enter");
  await expect(hint).toBeVisible();
  await expect(chat.composer).toHaveValue("My next one");
  await expect(chat.questions).toHaveCount(1);
  expect(model.calls("My next one")).toHaveLength(0);

  text.end("text");
  await chat.expectAnswer("some more text");
  await expect(hint).toHaveCount(0);
  await chat.sendButton.click();
  await chat.expectAnswer("An answer to: My next one");
});

test("a message that fails to send comes back, and is then sent once", async ({
  chat,
  model,
  page,
  context,
  problems,
  db,
}) => {
  problems.allow(/ERR_INTERNET_DISCONNECTED/);
  const chatId = await chat.start("Open the chat");
  await chat.expectAnswer("An answer to: Open the chat");

  await context.setOffline(true);
  await chat.sendOnly("Into the void");
  await expect(chat.alert).toContainText("could not be reached");
  await expect(chat.composer).toHaveValue("Into the void");
  await expect(chat.messages).toHaveCount(2);

  await context.setOffline(false);
  await chat.sendButton.click();
  await chat.expectAnswer("An answer to: Into the void");
  await expect(chat.alert).toHaveCount(0);
  await expect(chat.messages).toHaveCount(4);
  expect(model.calls("Into the void")).toHaveLength(1);
  expect(await db.llmMessage.count({ where: { chatId } })).toBe(4);
  await expect(page.getByText("Into the void")).toHaveCount(2);
});

test(
  "a first message that fails to send comes back",
  anySize,
  async ({ chat, page, context, problems }) => {
    problems.allow(/ERR_INTERNET_DISCONNECTED/);
    await chat.goto();
    await context.setOffline(true);
    await chat.sendOnly("My very first");
    await expect(chat.alert).toContainText("could not be reached");
    await expect(chat.composer).toHaveValue("My very first");
    await context.setOffline(false);
    await chat.sendButton.click();
    await expect(page).toHaveURL(/\/chats\//);
    await chat.expectAnswer("An answer to: My very first");
    await expect(chat.messages).toHaveCount(2);
  },
);

test(
  "what shows messages is loaded again after it could not be loaded",
  anySize,
  async ({ chat, page, problems }) => {
    problems.allow(/ERR_FAILED/);
    await chat.goto();
    const scripts = "**/_next/static/**/*.js";
    let refused = 0;
    await page.route(scripts, async (route) => {
      refused++;
      await route.abort();
    });
    await chat.sendOnly("Through a bad network");
    const bubble = page.locator("[data-message-content]", { hasText: "Through a bad network" });
    await expect(bubble).toBeVisible();
    // When it is typed and when it is needed, and each of them twice.
    await expect.poll(() => refused).toBeGreaterThanOrEqual(4);
    await expect(bubble).toBeVisible();
    await page.unroute(scripts);
    await chat.isSent("Through a bad network");
    await chat.expectAnswer("An answer to: Through a bad network");
  },
);

test(
  "a lost response does not send the message twice",
  anySize,
  async ({ chat, model, page, problems }) => {
    problems.allow(/ERR_CONNECTION_RESET/);
    await chat.start("Open the chat");
    await chat.expectAnswer("An answer to: Open the chat");
    let lost = 0;
    await page.route(/chat\.send/, async (route) => {
      if (lost++ > 0) return await route.continue();
      await route.fetch();
      await route.abort("connectionreset");
    });
    await chat.send("Was it heard?");
    await chat.expectAnswer("An answer to: Was it heard?");
    expect(lost).toBe(2);
    expect(model.calls("Was it heard?")).toHaveLength(1);
    await expect(chat.messages).toHaveCount(4);
  },
);

test("each chat keeps its draft across navigation and reloads", async ({ chat }) => {
  const chatId = await chat.start("Keep my draft");
  await chat.expectAnswer("An answer to: Keep my draft");
  await chat.composer.fill("half a thought");

  await chat.newChat();
  await expect(chat.composer).toHaveValue("");
  await chat.open(chatId);
  await expect(chat.composer).toHaveValue("half a thought");
  await chat.reload();
  await expect(chat.composer).toHaveValue("half a thought");
});

test(
  "text typed while a new chat is created belongs to that chat",
  anySize,
  async ({ chat, page }) => {
    await chat.goto();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route(/chat\.send/, async (route) => {
      await held;
      await route.continue();
    });
    await chat.sendOnly("The first of two thoughts");
    await expect(chat.question).toHaveText("The first of two thoughts");
    await page.keyboard.type("The second");
    release();
    await chat.isSent("The first of two thoughts");
    await chat.expectAnswer("An answer to: The first of two thoughts");
    await expect(chat.composer).toHaveValue("The second");
    await chat.reload();
    await expect(chat.composer).toHaveValue("The second");
    await chat.newChat();
    await expect(chat.composer).toHaveValue("");
  },
);

test("text typed before hydration is not lost", anySize, async ({ page }) => {
  const chat = new ChatPage(page);
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(/\/_next\/static\/.*\.js/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto("/", { waitUntil: "commit" });
  await chat.composer.fill("Early bird");
  release();
  await chat.isReady();
  await expect(chat.composer).toHaveValue("Early bird");
  await expect(chat.sendButton).toBeEnabled();
});

test(
  "a prompt that is too long is rejected and comes back",
  anySize,
  async ({ chat, problems, db }) => {
    problems.allow(/status of 400/);
    const chatId = await chat.start("Short");
    await chat.expectAnswer("An answer to: Short");
    const long = "x".repeat(100_001);
    await chat.sendOnly(long);
    await expect(chat.alert).toContainText("too long");
    await expect(chat.composer).toHaveValue(long);
    expect(await db.llmMessage.count({ where: { chatId } })).toBe(2);
  },
);
