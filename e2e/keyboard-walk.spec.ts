import type { Page } from "@playwright/test";

import { anySize, expect, test } from "./support/fixtures.ts";
import { seedChat } from "./support/seed-chat.ts";

interface Stop {
  readonly name: string;
  readonly isVisible: boolean;
  readonly isMarked: boolean;
}

/** Describes what has the focus: its name, whether it can be seen, and whether it looks focused. */
async function focused(page: Page): Promise<Stop | null> {
  return await page.evaluate(() => {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement) || element === document.body) return null;
    const label = element.getAttribute("aria-label") ?? element.textContent ?? "";
    const { width, height, top, bottom } = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const frame = element.closest("label, [data-composer]")?.parentElement ?? element;
    const isMarked =
      style.outlineStyle !== "none" ||
      element.matches("input, textarea") ||
      getComputedStyle(frame).outlineStyle !== "none";
    return {
      name: `${element.tagName} ${label.trim().slice(0, 40)}`,
      isVisible: width > 0 && height > 0 && bottom > 0 && top < window.innerHeight,
      isMarked,
    };
  });
}

/** Presses Tab from the top of the page until the focus leaves it. */
async function walk(page: Page): Promise<readonly Stop[]> {
  // Otherwise Tab would go on from the field that has the focus in the beginning.
  await page.evaluate(() => {
    const top = document.createElement("span");
    top.tabIndex = -1;
    document.body.prepend(top);
    top.focus();
    top.remove();
  });
  const stops: Stop[] = [];
  for (let step = 0; step < 80; step++) {
    await page.keyboard.press("Tab");
    const stop = await focused(page);
    if (stop === null) break;
    stops.push(stop);
  }
  return stops;
}

for (const name of ["a new chat", "a chat", "usage", "a missing page"] as const) {
  test(
    `Tab leads through ${name}, and shows where it is`,
    anySize,
    async ({ chat, page, db, problems }) => {
      problems.allow(/404/);
      const chatId = await seedChat(db, 2);
      const path = {
        "a new chat": "/",
        "a chat": `/chats/${chatId}`,
        usage: "/usage",
        "a missing page": "/nothing",
      }[name];
      if (name === "a missing page") await page.goto(path);
      else await chat.goto(path);
      const stops = await walk(page);
      expect(stops.length).toBeGreaterThan(0);
      expect(stops.length).toBeLessThan(40);
      expect(stops.filter(({ isVisible, isMarked }) => !isVisible || !isMarked)).toEqual([]);
      // No stop without a name, and none twice in a row.
      expect(stops.filter((stop) => /^\w+ $/.test(stop.name))).toEqual([]);
      if (name === "a missing page") return;
      expect(stops[0]?.name).toContain("Skip to content");
    },
  );
}
