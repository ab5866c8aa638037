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

/** Finds the longest task of a recording, in milliseconds of the processor's time: other work of the machine does not count. */
function longestTask(recording: Buffer): number {
  const { traceEvents }: { traceEvents: { name: string; tdur?: number }[] } = JSON.parse(
    recording.toString(),
  );
  const tasks = traceEvents.filter(({ name }) => name === "RunTask");
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1_000;
}

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
      await browser.startTracing(page, { categories: ["disabled-by-default-devtools.timeline"] });
      await chat.goto(`/chats/${chatId}`);
      await expect(chat.text(chat.answer)).toContainText("deep");
      const longest = longestTask(await browser.stopTracing());
      console.log(`${name}: the longest task took ${Math.round(longest)} ms`);
      expect(longest).toBeGreaterThan(0);
      // Below half a second on an idle machine. One whose cores share a processor takes three times as long.
      expect(longest).toBeLessThan(3_000);
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
