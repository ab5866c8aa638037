import { anySize, expect, test } from "./support/fixtures.ts";

const search = (query: string, id: string) => ({
  id,
  name: "search_docs",
  arguments: JSON.stringify({ query }),
});

test("the document has the parts of an answer in their order, also after a reload", async ({
  chat,
  page,
  model,
}) => {
  model.on(
    "Look twice",
    { text: ["First I look."], toolCalls: [search("hooks", "a")] },
    { text: ["Then **again**."], toolCalls: [search("router", "b"), search("stop", "c")] },
    { text: ["Now I know."] },
  );
  await chat.start("Look twice");
  const order = async (): Promise<string[]> =>
    await chat.answer.evaluate((answer) =>
      [...answer.querySelectorAll("[data-message-content], [data-tool]")].map(
        (part) =>
          part.querySelector("summary .truncate span")?.textContent ?? part.textContent ?? "",
      ),
    );
  const parts = ["First I look.", "hooks", "Then again.", "router", "stop", "Now I know."];
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
  expect(await order()).toEqual(parts);
  // What is seen follows the document, too.
  const tops = await chat.answer.evaluate((answer) =>
    [...answer.querySelectorAll("[data-message-content], [data-tool]")].map(
      (part) => part.getBoundingClientRect().top,
    ),
  );
  expect(tops).toEqual(tops.toSorted((one, other) => one - other));
  await expect(chat.answer).toMatchAriaSnapshot(`
    - article "Answer":
      - paragraph: First I look.
      - group: search_docs hooks Done
      - paragraph:
        - text: Then
        - strong: again
        - text: .
      - group: search_docs router Done
      - group: search_docs stop Done
      - paragraph: Now I know.
      - button "Copy answer"
      - button "Regenerate answer"
      - text: /gpt-4o-mini/
  `);
  await chat.reload();
  expect(await order()).toEqual(parts);
  const moved = await page.evaluate(
    () =>
      [...document.querySelectorAll("*")].filter((one) => getComputedStyle(one).order !== "0")
        .length,
  );
  expect(moved).toBe(0);
});

test("each text chooses its own direction", anySize, async ({ chat, model }) => {
  model.on("مرحبا، كيف أبدأ؟", {
    text: ["مرحبا! استخدم `npm start` لتشغيل التطبيق.\n\nThen in English.\n\n- الأولى\n- file.ts\n"],
  });
  await chat.start("مرحبا، كيف أبدأ؟");
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
  const paragraphs = chat.answer.locator("p");
  await expect(paragraphs.first()).toHaveCSS("direction", "rtl");
  await expect(paragraphs.last()).toHaveCSS("direction", "ltr");
  await expect(chat.answer.locator("ul")).toHaveCSS("direction", "rtl");
  await expect(chat.answer.locator("code")).toHaveCSS("direction", "ltr");
  await expect(chat.text(chat.question)).toHaveCSS("direction", "rtl");
  // The full stop is at the left end of the sentence.
  const [first, last] = await paragraphs.first().evaluate((paragraph) => {
    const range = document.createRange();
    const rectOf = (node: Node | null, at: number): number => {
      if (node === null) return -1;
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      return range.getBoundingClientRect().left;
    };
    const end = paragraph.lastChild;
    return [rectOf(paragraph.firstChild, 0), rectOf(end, (end?.textContent?.length ?? 1) - 1)];
  });
  expect(first).toBeGreaterThan(last ?? Number.POSITIVE_INFINITY);
  await chat.composer.fill("وماذا بعد؟");
  await expect(chat.composer).toHaveCSS("direction", "rtl");
  await expect(chat.page.getByRole("heading", { level: 1 }).locator("span")).toHaveAttribute(
    "dir",
    "auto",
  );
});

test("colors that the system forces hide nothing", anySize, async ({ chat, page, model }) => {
  await page.emulateMedia({ forcedColors: "active" });
  const text = model.hold("Show your edges", "An ");
  await chat.start("Show your edges");
  const caret = chat.answer.locator("[data-caret]");
  await expect(caret).toBeVisible();
  const background = (element: Element) => getComputedStyle(element).backgroundColor;
  expect(await caret.evaluate(background)).not.toBe(
    await page.locator("body").evaluate(background),
  );
  text.end("answer to: Show your edges");
  await chat.expectAnswer("An answer to: Show your edges");
  const bubble = chat.text(chat.question).locator("xpath=ancestor::*[contains(@class,'bg-')][1]");
  await expect(bubble).toHaveCSS("border-top-width", "1px");
  await page.getByRole("button", { name: "Chat settings" }).click();
  const field = page.getByRole("textbox", { name: "Instructions" });
  await expect(field).toBeFocused();
  await expect(field).toHaveCSS("outline-style", "solid");
  await chat.goto("/usage");
  const dot = page.locator("figcaption circle").first();
  const fill = await dot.evaluate((circle) => getComputedStyle(circle).fill);
  expect(fill).not.toBe("rgb(0, 0, 0)");
  await expect(dot).toBeVisible();
  // Without colors of its own, the focus of a menu shows only by its outline.
  await page.getByRole("button", { name: "Range: last 30 days" }).click();
  const item = page.getByRole("menuitemradio", { name: "Last 30 days" });
  await expect(item).toBeFocused();
  await expect(item).toHaveCSS("outline-style", "solid");
});
