import type { Locator, Page } from "@playwright/test";
import { expect } from "@playwright/test";

/** A page of the demo, as a user finds their way on it. */
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
    // Next has an empty one of its own in each page.
    this.alert = page.getByRole("main").getByRole("alert");
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

  /** Waits until React has taken over the server's HTML. */
  async isReady(): Promise<void> {
    await expect(this.page.locator('[aria-label^="Use the "]')).toHaveCount(1);
  }

  /** Writes and sends, and waits until the answer has its place on the page. */
  async send(prompt: string): Promise<void> {
    await this.sendOnly(prompt);
    await this.isSent(prompt);
  }

  /** Waits until the answer to a prompt has its place, and the page has its chat's address. */
  async isSent(prompt: string): Promise<void> {
    await expect(this.question).toHaveText(prompt);
    await expect(this.page).toHaveURL(/\/chats\/[\w-]+$/);
    // The address changes before the page hears of it; its title and a phone's drawer change then.
    await expect(this.page).not.toHaveTitle("node-llm-trpc");
  }

  async sendOnly(prompt: string): Promise<void> {
    await this.composer.fill(prompt);
    await this.sendButton.click();
  }

  /** Sends the first prompt of a new chat. Resolves with the chat's id. */
  async start(prompt: string): Promise<string> {
    await this.goto();
    await this.send(prompt);
    return this.chatId();
  }

  chatId(): string {
    return /\/chats\/([\w-]+)$/.exec(new URL(this.page.url()).pathname)?.[1] ?? "";
  }

  /** The cards of a tool. */
  tool(name: string): Locator {
    return this.page.locator(`[data-tool="${name}"]`);
  }

  text(message: Locator): Locator {
    return message.locator("[data-message-content]");
  }

  async idOf(message: Locator): Promise<string> {
    return (await message.getAttribute("data-message-id")) ?? "";
  }

  async expectAnswer(text: string, status = "complete"): Promise<void> {
    await expect(this.text(this.answer)).toHaveText(text);
    // Behind the text: until it is there, the last answer may be the one before.
    await expect(this.answer).toHaveAttribute("data-status", status);
  }

  /** On a phone the list of chats is a drawer. */
  async openList(): Promise<void> {
    const opener = this.page.getByRole("button", { name: "Open the list of chats" });
    if (await opener.isVisible()) await opener.click();
    await expect(this.list).toBeInViewport();
  }

  /** To the composer of a new chat, by the list. */
  async newChat(): Promise<void> {
    await this.openList();
    // A chat that has no title yet is also called so.
    await this.page.getByRole("link", { name: "New chat" }).first().click();
    await expect(this.page).toHaveURL(/\/$/);
    await expect(this.messages).toHaveCount(0);
  }

  /** To another chat, by the list. */
  async open(chatId: string): Promise<void> {
    await this.openList();
    await this.link(chatId).click();
    await expect(this.page).toHaveURL(new RegExp(`/chats/${chatId}$`));
  }

  link(chatId: string): Locator {
    return this.list.locator(`a[href="/chats/${chatId}"]`);
  }

  get list(): Locator {
    // Not by its role, which it does not have while the drawer is closed.
    return this.page.locator('nav[aria-label="Chats"]');
  }

  listItem(title: string): Locator {
    return this.list.locator("li").filter({ hasText: title });
  }

  /** Chooses from the menu of a chat in the list. */
  async choose(item: Locator, action: "Rename" | "Delete"): Promise<void> {
    await item.hover();
    await item.getByRole("button", { name: "Chat options" }).click();
    await item.getByRole("menuitem", { name: action }).click();
  }
}
