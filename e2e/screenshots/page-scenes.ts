import { expect } from "@playwright/test";

import type { Scene } from "./scene.ts";

/** The pages, and the menus and dialogs that open on top of them. */
export const pageScenes: Readonly<Record<string, Scene>> = {
  async home({ chat, take }) {
    await chat.goto();
    await take("home");
    await chat.composer.fill("A question that I\nwrite in more than one line\nbefore I send it");
    await take("home-writing");
  },

  async list({ page, chat, gallery, take }) {
    await chat.goto();
    await chat.openList();
    await take("list");
    const search = chat.searchBox;
    await search.fill("redis");
    await expect(chat.list.locator("li")).toHaveCount(1);
    await take("list-search");
    await search.fill("no such bird");
    await expect(chat.list).toContainText("No results");
    await take("list-search-nothing");
    await search.fill("");
    const item = chat.listItem(gallery.listed);
    await item.hover();
    await item.getByRole("button", { name: "Chat options" }).click();
    await take("list-menu");
    await page.keyboard.press("Escape");
    await chat.choose(gallery.listed, "Rename");
    await expect(page.getByRole("textbox", { name: "Chat title" })).toBeVisible();
    await take("list-rename");
    await page.keyboard.press("Escape");
    await chat.choose(gallery.listed, "Delete");
    const undo = page.getByRole("button", { name: "Undo" });
    await expect(undo).toBeVisible();
    await take("list-deleted");
    await undo.click();
    await expect(item).toBeVisible();
  },

  async settings({ page, chat, gallery, take }) {
    await chat.goto(`/chats/${gallery.thinking}`);
    await page.getByRole("button", { name: "Chat settings" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await take("settings");
  },

  async shortcuts({ page, chat, gallery, take }) {
    await chat.goto(`/chats/${gallery.thinking}`);
    await page.keyboard.press("Control+/");
    await expect(page.getByRole("dialog")).toBeVisible();
    await take("shortcuts");
  },

  async export({ page, chat, gallery, take }) {
    await chat.goto(`/chats/${gallery.thinking}`);
    await page.getByRole("button", { name: "Export chat" }).click();
    await take("export");
  },

  async usage({ page, chat, take }) {
    await chat.goto("/usage");
    await expect(page.getByRole("group", { name: "Measure" })).toBeVisible();
    await take("usage");
    const scroller = page.getByRole("region", { name: "Usage", exact: true });
    await scroller.evaluate((one) => one.scrollTo(0, 560));
    await take("usage-middle");
    await scroller.evaluate((one) => one.scrollTo(0, one.scrollHeight));
    await take("usage-end");
  },

  async unknown({ page, take }) {
    await page.goto("/chats/unknown");
    await take("unknown-chat");
    await page.goto("/nothing");
    await take("not-found");
  },
};

/** A demo without any chats. */
export const emptyScenes: Readonly<Record<string, Scene>> = {
  async "first-visit"({ chat, take }) {
    await chat.goto();
    await take("first-visit");
    await chat.openList();
    await take("first-visit-list");
  },

  async "usage-empty"({ chat, take }) {
    await chat.goto("/usage");
    await take("usage-empty");
  },

  /** The last of them, since it starts a chat. */
  async "usage-first-day"({ page, chat, model, take }) {
    model.on("My first question", {
      text: ["A first answer."],
      usage: { prompt_tokens: 1_200, completion_tokens: 340 },
    });
    await chat.start("My first question");
    await expect(chat.answer).toHaveAttribute("data-status", "complete");
    await chat.goto("/usage");
    await expect(page.getByRole("region", { name: "By day" })).toBeVisible();
    await take("usage-first-day");
  },
};

/** A server whose database has no tables. */
export const brokenScenes: Readonly<Record<string, Scene>> = {
  async "no-database"({ page, take }) {
    await page.goto("/");
    await expect(page.getByText("The database is not ready")).toBeVisible();
    await take("no-database");
  },
};

/** A server whose database broke while it was running. */
export const failingScenes: Readonly<Record<string, Scene>> = {
  async error({ page, take }) {
    await page.goto("/chats/unknown");
    await expect(page.getByText("Something went wrong")).toBeVisible();
    await take("error");
  },
};
