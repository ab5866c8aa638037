import type { Browser, Page } from "@playwright/test";
import { anySize, expect, test } from "./support/fixtures.ts";

const cuts = [
  ["a link", "Read the [links](https://example.com/", "Read the links"],
  ["bold text", "This is **very impor", "This is very impor"],
  ["a table", "| Name | Val", "NameVal"],
  ["a formula", "It is \\(a^2 + b", "It is a^2 + b"],
] as const;

for (const [name, text, shown] of cuts) {
  test(
    `an answer that is stopped in ${name} looks the same while it grows, when it is stopped and later`,
    anySize,
    async ({ chat, model }) => {
      const prompt = `Cut ${name}`;
      model.hold(prompt, ...text.split(/(?= )/));
      await chat.start(prompt);
      await expect(chat.text(chat.answer)).toHaveText(shown);
      const look = async (): Promise<string> =>
        await chat.text(chat.answer).evaluate((content) => {
          const copy = content.cloneNode(true);
          if (copy instanceof Element)
            for (const caret of copy.querySelectorAll("[data-caret]")) caret.remove();
          return copy instanceof Element ? copy.innerHTML.replaceAll(/_r_\w+_/g, "") : "";
        });
      const before = await look();
      await chat.stopButton.click();
      await chat.expectAnswer(shown, "stopped");
      expect(await look()).toBe(before);
      await chat.reload();
      await chat.expectAnswer(shown, "stopped");
      await expect.poll(look).toBe(before);
    },
  );
}

test("code is colored while it streams, and stays so", anySize, async ({ chat, model }) => {
  const text = model.hold("Stream code", "```ts\n", "const a = 1;\nfunction f() {\n  return ");
  await chat.start("Stream code");
  const words = chat.answer.locator("pre code span", { hasText: /^(const|function|return)$/ });
  await expect(words).toHaveText(["const", "function", "return"]);
  const first = await words.first().elementHandle();
  text.write("a;\n}\n", "const b = 2;\n");
  await expect(words).toHaveText(["const", "function", "return", "const"]);
  expect(await first?.evaluate((word) => word.isConnected)).toBe(true);
  text.end("```\n");
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
  await expect(words).toHaveCount(4);
});

const hostile = [
  ["quotes", `${">".repeat(5_000)} deep`],
  [
    "lists",
    `${Array.from({ length: 2_000 }, (_, level) => `${"  ".repeat(level)}- item`).join("\n")} deep`,
  ],
] as const;

/** Measures the longest task of a page during `work`, in milliseconds of processor time: other programs do not count. */
async function longestTask(
  browser: Browser,
  page: Page,
  work: () => Promise<unknown>,
): Promise<number> {
  await browser.startTracing(page, { categories: ["disabled-by-default-devtools.timeline"] });
  await work();
  const recording = await browser.stopTracing();
  const { traceEvents }: { traceEvents: { name: string; tdur?: number }[] } = JSON.parse(
    recording.toString(),
  );
  const tasks = traceEvents.filter(({ name }) => name === "RunTask");
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1_000;
}

/** Fills a page with 4,000 items, which takes `referenceMs` on an idle machine of ordinary speed. */
function fillPage(): void {
  const list = document.createElement("ul");
  for (let index = 0; index < 4_000; index++) {
    const item = document.createElement("li");
    item.textContent = `Item ${index}`;
    list.append(item);
  }
  document.body.append(list);
  list.getBoundingClientRect();
}

const referenceMs = 250;

for (const [name, content] of hostile) {
  test(
    `thousands of nested ${name} do not freeze the page`,
    anySize,
    async ({ browser, chat, page, db }) => {
      const { id: chatId } = await db.llmChat.create({ data: { title: name, lastPosition: 2 } });
      const question = await db.llmMessage.create({
        data: { chatId, role: "user", content: "Nest", position: 1 },
      });
      await db.llmMessage.create({
        data: { chatId, role: "assistant", content, parentId: question.id, position: 2 },
      });
      const reference = await longestTask(browser, page, () => page.evaluate(fillPage));
      const longest = await longestTask(browser, page, async () => {
        await chat.goto(`/chats/${chatId}`);
        await expect(chat.text(chat.answer)).toContainText("deep");
      });
      console.log(
        `${name}: the longest task took ${Math.round(longest)} ms, 4,000 items ${Math.round(reference)}`,
      );
      expect(Math.min(longest, reference)).toBeGreaterThan(0);
      // Below a second. A slower or busier machine gets more time in proportion.
      expect(longest).toBeLessThan(1_000 * Math.max(1, reference / referenceMs));
      const depth = await chat.answer.evaluate((answer) => {
        const depthOf = (element: Element): number =>
          1 + Math.max(0, ...[...element.children].map(depthOf));
        return depthOf(answer);
      });
      expect(depth).toBeLessThan(120);
      await expect(chat.sendButton).toBeVisible();
    },
  );
}

test("a wide table can be read on a phone", async ({ chat, model, isMobile }) => {
  const cell = "Averyveryverylongcellwithoutanyspaceinside_really_long_0123456789";
  model.on("A wide cell", { text: [`| a | b | c |\n|---|---|---|\n| ${cell} | 1 | 2 |`] });
  await chat.start("A wide cell");
  const cells = chat.answer.getByRole("cell");
  await expect(cells).toHaveText([cell, "1", "2"]);
  if (!isMobile) return;
  for (const index of [0, 1, 2]) await expect(cells.nth(index)).toBeInViewport({ ratio: 0.9 });
  const widths = await cells.evaluateAll((all) => all.map((one) => one.clientWidth));
  expect(Math.max(...widths)).toBeLessThan(260);
});
