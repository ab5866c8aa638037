import type { Locator, Page } from "@playwright/test";
import { expect } from "@playwright/test";

/** A page of the demo with the elements that a user sees and the steps that they take. */
export class ChatPage {
  readonly page: Page;
  readonly composer: Locator;
  readonly sendButton: Locator;
  readonly stopButton: Locator;
  readonly retryButton: Locator;
  readonly approveButton: Locator;
  readonly denyButton: Locator;
  readonly transcript: Locator;
  readonly messages: Locator;
  readonly questions: Locator;
  readonly answers: Locator;
  readonly alert: Locator;
  readonly searchBox: Locator;
  /** The field that renames a chat in the list. */
  readonly titleField: Locator;

  constructor(page: Page) {
    this.page = page;
    this.composer = page.getByRole("textbox", { name: "Message" });
    this.sendButton = page.getByRole("button", { name: "Send", exact: true });
    this.stopButton = page.getByRole("button", { name: "Stop", exact: true });
    this.retryButton = page.getByRole("button", { name: "Retry" });
    this.approveButton = page.getByRole("button", { name: "Approve", exact: true });
    this.denyButton = page.getByRole("button", { name: "Deny…" });
    this.transcript = page.getByRole("log");
    this.messages = page.locator("[data-message-id]");
    this.questions = page.locator('[data-role="user"]');
    this.answers = page.locator('[data-role="assistant"]');
    // Next adds an empty alert to every page.
    this.alert = page.getByRole("main").getByRole("alert");
    this.searchBox = page.getByRole("searchbox", { name: "Search chats" });
    this.titleField = page.getByRole("textbox", { name: "Chat title" });
  }

  get answer(): Locator {
    return this.answers.last();
  }

  get question(): Locator {
    return this.questions.last();
  }

  async goto(path = "/"): Promise<void> {
    await this.page.goto(path);
    await this.isReady();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.isReady();
  }

  /** Waits for hydration. */
  async isReady(): Promise<void> {
    await expect(this.page.locator('[aria-label^="Switch to "]')).toHaveCount(1);
  }

  /** Sends a prompt and waits until the page shows it. */
  async send(prompt: string): Promise<void> {
    await this.sendOnly(prompt);
    await this.isSent(prompt);
  }

  /** Waits until the page shows the prompt and has the URL of its chat. */
  async isSent(prompt: string): Promise<void> {
    await expect(this.question).toHaveText(prompt);
    await expect(this.page).toHaveURL(/\/chats\/[\w-]+$/);
    // Next notices the new URL a moment later, and then sets the title and closes a phone's drawer.
    await expect(this.page).not.toHaveTitle("node-llm-trpc");
  }

  async sendOnly(prompt: string): Promise<void> {
    await this.composer.fill(prompt);
    await this.sendButton.click();
  }

  /** Sends the first prompt of a new chat. Resolves to the chat's id. */
  async start(prompt: string): Promise<string> {
    await this.goto();
    await this.send(prompt);
    return this.chatId();
  }

  chatId(): string {
    return /\/chats\/([\w-]+)$/.exec(new URL(this.page.url()).pathname)?.[1] ?? "";
  }

  /** The cards of all calls of a tool. */
  tool(name: string): Locator {
    return this.page.locator(`[data-tool="${name}"]`);
  }

  /** The texts of a message, one for each of its text parts. */
  text(message: Locator): Locator {
    return message.locator("[data-message-content]");
  }

  async idOf(message: Locator): Promise<string> {
    return (await message.getAttribute("data-message-id")) ?? "";
  }

  /** @param text all texts of the answer, with a space between two parts */
  async expectAnswer(text: string, status = "complete"): Promise<void> {
    await expect
      .poll(async () => {
        const parts = await this.text(this.answer).allTextContents();
        return parts.join(" ").replaceAll(/\s+/g, " ").trim();
      })
      .toBe(text);
    // Checked after the text, because until then the last answer may be the previous one.
    await expect(this.answer).toHaveAttribute("data-status", status);
  }

  /** Opens the chat list, which is a drawer on a phone. */
  async openList(): Promise<void> {
    const opener = this.page.getByRole("button", { name: "Open chat list" });
    if (await opener.isVisible()) await opener.click();
    await expect(this.list).toBeInViewport();
  }

  /** Opens a new chat from the list. */
  async newChat(): Promise<void> {
    await this.openList();
    // A chat without a title has the same name.
    await this.page.getByRole("link", { name: "New chat" }).first().click();
    await expect(this.page).toHaveURL(/\/$/);
    await expect(this.messages).toHaveCount(0);
  }

  /** Opens another chat from the list. */
  async open(chatId: string): Promise<void> {
    await this.openList();
    await this.link(chatId).click();
    await expect(this.page).toHaveURL(new RegExp(`/chats/${chatId}$`));
  }

  link(chatId: string): Locator {
    return this.list.locator(`a[href="/chats/${chatId}"]`);
  }

  get list(): Locator {
    // Not by role, because a closed drawer has none.
    return this.page.locator('nav[aria-label="Chats"]');
  }

  /** A chat's item in the list. Not by title, which another test's chat may have, too. */
  listItem(chatId: string): Locator {
    return this.list.locator("li").filter({ has: this.page.locator(`a[href="/chats/${chatId}"]`) });
  }

  /** Selects an item from a chat's menu in the list. */
  async choose(chatId: string, action: "Rename" | "Delete"): Promise<void> {
    const item = this.listItem(chatId);
    await item.hover();
    await item.getByRole("button", { name: "Chat options" }).click();
    await item.getByRole("menuitem", { name: action }).click();
  }
}
