import { expect, test } from "./support/fixtures.ts";
import { richAnswer } from "./support/rich-answer.ts";

const code = 'const a: string = "x";';

test("an answer is rendered as Markdown with highlighted code, tables and formulas, not with money", async ({
  chat,
  model,
}) => {
  model.on("Format it", {
    text: [
      `## Title\n\nIt costs $5 and $10. A formula: $a_b$.\n\n\`\`\`ts\n${code}\n\`\`\`\n\n`,
      "| a | b |\n|---|---|\n| 1 | 2 |\n",
    ],
  });
  await chat.start("Format it");
  const content = chat.text(chat.answer);
  await expect(content.locator("pre code span").first()).toHaveText("const");
  await expect(content.locator("pre code")).toHaveText(code);
  await expect(content.getByRole("region", { name: "Table" }).getByRole("cell")).toHaveText([
    "1",
    "2",
  ]);
  await expect(content).toContainText("It costs $5 and $10.");
  await expect(content.locator(".katex")).toHaveCount(1);
  await expect(content.locator("math")).toContainText("a_b");
});

test("code, answers and questions can be copied", async ({ chat, page, context, model }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const text = `Look:\n\n\`\`\`ts\n${code}\n\`\`\``;
  model.on("Copy me", { text: [text] });
  await chat.start("Copy me");
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
  const clipboard = async (): Promise<string> =>
    await page.evaluate(() => navigator.clipboard.readText());
  await page.getByRole("button", { name: "Copy code" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await clipboard()).toBe(code);
  await page.getByRole("button", { name: "Copy answer" }).click();
  await expect.poll(clipboard).toBe(text);
  await chat.question.hover();
  await page.getByRole("button", { name: "Copy question" }).click();
  await expect.poll(clipboard).toBe("Copy me");
});

test("nothing in an answer makes the page wider than the screen", async ({ chat, page, model }) => {
  model.on("Be wide", { text: [richAnswer.text, `\n\n${"wide ".repeat(5)}${"x".repeat(300)}`] });
  await chat.start("Be wide");
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
  const overflow = await page.evaluate(() => {
    const log = document.querySelector("[data-transcript]");
    return [document.documentElement, log].map((one) =>
      one === null ? -1 : one.scrollWidth - one.clientWidth,
    );
  });
  expect(overflow).toEqual([0, 0]);
});

test("a model's thoughts are collapsed and can be opened", async ({ chat, db }) => {
  const { id: chatId } = await db.llmChat.create({ data: { title: "Thoughts", lastPosition: 2 } });
  const question = await db.llmMessage.create({
    data: { chatId, role: "user", content: "Why?", position: 1 },
  });
  await db.llmMessage.create({
    data: {
      chatId,
      role: "assistant",
      content: "Because.",
      thinkingText: "Let me see.",
      parentId: question.id,
      position: 2,
    },
  });
  await chat.goto(`/chats/${chatId}`);
  const thoughts = chat.answer.locator("details");
  await expect(thoughts).toContainText("Thoughts");
  await expect(thoughts.getByText("Let me see.")).toBeHidden();
  await thoughts.locator("summary").focus();
  await chat.page.keyboard.press("Enter");
  await expect(thoughts.getByText("Let me see.")).toBeVisible();
  await expect(chat.text(chat.answer)).toHaveText("Because.");
});
