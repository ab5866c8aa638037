import { anySize, expect, test } from "./support/fixtures.ts";
import { seedChat } from "./support/seed-chat.ts";

test("something moves from Send to the last character", anySize, async ({ chat, page, model }) => {
  const text = model.held();
  model.on("Take your time", { pieces: text });
  await chat.goto();
  const moving = page
    .locator("[data-typing], [data-caret], .animate-spin")
    .filter({ visible: true });
  await chat.sendOnly("Take your time");
  await expect(moving).toHaveCount(1);
  await expect(chat.answer).toHaveAttribute("data-status", "pending");
  await expect(page.locator("[data-typing]")).toHaveCount(1);

  // The provider pauses, and the caret goes on.
  for (const piece of [
    "One word",
    " and more\n\n- an item",
    "\n\n```ts\nconst a",
    "\n```\n\n| a | b |\n",
  ]) {
    text.write(piece);
    const last =
      piece
        .trim()
        .split(/[\s|]+/)
        .filter((word) => /^\w/.test(word))
        .at(-1) ?? "";
    await expect(chat.text(chat.answer)).toContainText(last);
    await expect(chat.answer.locator("[data-caret]")).toHaveCount(1);
    await expect(chat.answer.locator("[data-caret]")).toHaveCSS("animation-name", "pulse");
  }
  text.end("|---|---|\n| 1 | 2 |\n");
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
  await expect(moving).toHaveCount(0);
});

test(
  "a running tool turns, and the answer moves on after it",
  anySize,
  async ({ chat, page, model }) => {
    const text = model.held();
    const call = { id: "call_1", name: "search_docs", arguments: '{"query":"hooks"}' };
    model.on("Use a tool slowly", { toolCalls: [call] }, { pieces: text });
    await chat.start("Use a tool slowly");
    await expect(chat.tool("search_docs")).toHaveAttribute("data-tool-status", "complete");
    await expect(page.locator("[data-typing]")).toHaveCount(1);
    text.end("Done.");
    await chat.expectAnswer("Done.");
    await expect(page.locator("[data-typing]")).toHaveCount(0);
  },
);

test(
  "the composer glides to the bottom, and new messages fade in",
  anySize,
  async ({ chat, page }) => {
    await chat.goto();
    await page.evaluate(() => {
      const moved: number[] = [];
      Object.assign(window, { moved });
      const animate: typeof Element.prototype.animate = Reflect.get(Element.prototype, "animate");
      Element.prototype.animate = function (keyframes, options) {
        moved.push(typeof options === "object" ? Number(options.duration) : 0);
        return animate.call(this, keyframes, options);
      };
    });
    await chat.send("Glide");
    await chat.expectAnswer("An answer to: Glide");
    const moved = await page.evaluate(() => Reflect.get(window, "moved") as number[]);
    expect(moved).toEqual([180]);
    await chat.send("Fade");
    const bubble = chat.question.locator("[data-new]");
    await expect(bubble).toHaveCSS("transition-duration", "0.15s");
    await chat.expectAnswer("An answer to: Fade");
    // A chat that is opened does not move.
    await chat.reload();
    await expect(page.locator("[data-new]")).toHaveCount(0);
  },
);

test("without motion, nothing glides", anySize, async ({ chat, page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await chat.goto();
  await page.evaluate(() => {
    Element.prototype.animate = () => {
      throw new Error("An animation was started.");
    };
  });
  await chat.send("Jump");
  await chat.expectAnswer("An answer to: Jump");
});

test("without motion, the latest message is one step away", anySize, async ({ chat, page, db }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await chat.goto(`/chats/${await seedChat(db, 10)}`);
  await chat.transcript.evaluate((log) => log.scrollTo(0, 0));
  const jump = page.getByRole("button", { name: "Jump to latest" });
  await expect(jump).toBeVisible();
  const steps = await chat.transcript.evaluateHandle((log) => {
    const places: number[] = [];
    log.addEventListener("scroll", () => places.push(log.scrollTop));
    return places;
  });
  await jump.click();
  await expect
    .poll(() =>
      chat.transcript.evaluate((log) => log.scrollHeight - log.clientHeight - log.scrollTop),
    )
    .toBeLessThan(2);
  expect((await steps.jsonValue()).length).toBeLessThan(4);
});
