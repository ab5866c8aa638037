import { expect, test } from "./support/fixtures.ts";
import { seedChat } from "./support/seed-chat.ts";
import { tabFindings, tabStops } from "./support/tab-stops.ts";

for (const name of ["a new chat", "a chat", "usage", "a missing page"] as const) {
  test(`Tab leads through ${name}, and shows where it is`, async ({ chat, page, db, problems }) => {
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
    const stops = await tabStops(page);
    expect(stops.length).toBeGreaterThan(0);
    expect(stops.length).toBeLessThan(40);
    expect(tabFindings(stops)).toEqual([]);
    if (name === "a missing page") return;
    expect(stops[0]?.name).toContain("Skip to content");
  });
}

test("Tab gets past a toast, which looks focused when it is", async ({ chat, page, db }) => {
  await seedChat(db, 1);
  const chatId = await seedChat(db, 1);
  await chat.goto();
  await chat.openList();
  await chat.choose(chatId, "Delete");
  await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
  const stops = await tabStops(page);
  expect(tabFindings(stops)).toEqual([]);
  expect(stops.filter(({ name }) => name === "BUTTON Undo")).toHaveLength(1);
});
