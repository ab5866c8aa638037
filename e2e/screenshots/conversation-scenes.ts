import { expect } from "@playwright/test";

import { richAnswer } from "../support/rich-answer.ts";
import { everyConstruct } from "../../test/support/markdown/every-construct.ts";
import type { Scene } from "./scene.ts";

const { text } = richAnswer;

const rightToLeft = `مرحبا! استخدم \`npm start\` لتشغيل التطبيق، ثم افتح [الصفحة](https://example.com).

- الأولى
- الثانية: \`file.ts\`

1. أولاً
2. ثانياً

> اقتباس قصير.

| الاسم | القيمة |
|---|---|
| port | 3000 |

\`\`\`ts
const a = 1; // تعليق
\`\`\`

Then in English.`;

/** An answer in each of its states. */
export const conversationScenes: Readonly<Record<string, Scene>> = {
  async answer({ page, chat, model, take }) {
    const prompt = "How do I mount the router?";
    const search = {
      id: "call_1",
      name: "search_docs",
      arguments: JSON.stringify({ query: "mount router tRPC Prisma" }),
    };
    model.on(
      prompt,
      { text: [richAnswer.tool], toolCalls: [search] },
      { text: [text], usage: { prompt_tokens: 1_840, completion_tokens: 412 } },
    );
    await chat.start(prompt);
    await expect(chat.answer).toHaveAttribute("data-status", "complete");
    await expect(page.locator("pre code span", { hasText: /^const$/ }).first()).toBeAttached();
    await take("answer-end");
    await chat.transcript.evaluate((log) => log.scrollTo(0, 0));
    await take("answer-top");
    await chat.answer.locator("summary").click();
    await take("answer-tool");
    await chat.answer.locator("summary").click();
    await chat.transcript.evaluate((log) => log.scrollTo(0, 420));
    await take("answer-middle");
  },

  async streaming({ chat, model, take }) {
    const held = model.hold("Explain it slowly", text.slice(0, 420));
    await chat.start("Explain it slowly");
    await expect(chat.text(chat.answer)).toContainText("The rest of your app");
    await take("streaming");
    await chat.composer.fill("Meanwhile I write\nmy next message\nin three lines");
    await take("streaming-writing");
    held.end(text.slice(420));
    await expect(chat.answer).toHaveAttribute("data-status", "complete");
  },

  async pending({ chat, model, take }) {
    model.hold("A silent start");
    await chat.start("A silent start");
    await expect(chat.answer).toHaveAttribute("data-status", "pending");
    await take("pending");
    await chat.openList();
    await take("list-live");
  },

  async working({ page, chat, model, take }) {
    const held = model.held("");
    const search = { id: "call_1", name: "search_docs", arguments: '{"query":"router"}' };
    model.on("Look it up", { toolCalls: [search] }, { pieces: held });
    await chat.start("Look it up");
    await expect(chat.tool("search_docs")).toHaveAttribute("data-tool-status", "complete");
    await expect(page.locator("[data-typing]")).toBeVisible();
    await take("working");
  },

  async stopped({ chat, model, take }) {
    model.hold("Stop in the middle", "I was about to say something ");
    await chat.start("Stop in the middle");
    await expect(chat.text(chat.answer)).toContainText("about to say");
    await chat.stopButton.click();
    await expect(chat.answer).toHaveAttribute("data-status", "stopped");
    await take("stopped");
  },

  async markdown({ chat, model, take }) {
    model.on("Show me everything", { text: [everyConstruct] });
    await chat.start("Show me everything");
    await expect(chat.answer).toHaveAttribute("data-status", "complete");
    await expect(chat.answer.locator(".katex").first()).toBeVisible();
    for (const part of [0, 1, 2, 3, 4]) {
      await chat.transcript.evaluate(
        (log, place) => log.scrollTo(0, place * (log.clientHeight - 60)),
        part,
      );
      await take(`markdown-${part}`);
    }
  },

  async "right-to-left"({ chat, model, take }) {
    model.on("كيف أشغّل التطبيق؟", { text: [rightToLeft] });
    await chat.start("كيف أشغّل التطبيق؟");
    await expect(chat.answer).toHaveAttribute("data-status", "complete");
    await chat.transcript.evaluate((log) => log.scrollTo(0, 0));
    await chat.composer.fill("وماذا عن Docker؟");
    await take("right-to-left");
  },

  async failed({ chat, model, take }) {
    model.on("What if it breaks?", { text: ["The answer begins well, "], delay: 10, end: "eof" });
    await chat.start("What if it breaks?");
    await expect(chat.alert).toBeVisible();
    await take("failed");
  },

  async refused({ chat, model, take }) {
    model.on("And before the first word?", { status: 500 });
    await chat.start("And before the first word?");
    await expect(chat.alert.filter({ hasText: "could not answer" })).toBeVisible();
    await take("refused");
  },

  async incomplete({ page, chat, model, take }) {
    const cut = "A list of a hundred birds: the heron, the egret, the bittern, the";
    model.on("List a hundred birds", { text: [cut], finish: "length" });
    model.on("And what do they eat?", { text: ["They eat "], finish: "content_filter" });
    model.on("Write my exam", { refusal: "I can’t write an exam for you.", finish: "stop" });
    model.on("Describe the hunt", { finish: "content_filter" });
    model.on("Are you there?", { finish: "stop" });
    model.on("Through the proxy", { page: "<h1>Sign in</h1>" });
    await chat.start("List a hundred birds");
    await expect(page.getByText("Cut off", { exact: true })).toBeVisible();
    await take("cut-off");
    await chat.send("And what do they eat?");
    await expect(page.getByText("Filtered", { exact: true })).toBeVisible();
    await chat.send("Write my exam");
    await expect(page.getByText("Declined", { exact: true })).toBeVisible();
    await take("declined");
    for (const [prompt, name] of [
      ["Describe the hunt", "filtered"],
      ["Are you there?", "empty"],
      ["Through the proxy", "no-answer"],
    ] as const) {
      await chat.start(prompt);
      await expect(chat.alert).toBeVisible();
      await take(name);
    }
  },

  async interrupted({ chat, gallery, take }) {
    await chat.goto(`/chats/${gallery.interrupted}`);
    await take("interrupted");
  },

  async thinking({ chat, gallery, take }) {
    await chat.goto(`/chats/${gallery.thinking}`);
    await take("thinking");
    await chat.answer.locator("summary").click();
    await take("thinking-open");
  },

  async tools({ chat, gallery, take }) {
    await chat.goto(`/chats/${gallery.states}`);
    await take("tools");
    const cards = chat.answer.locator("summary");
    for (const index of [0, 1, 2]) await cards.nth(index).click();
    await chat.transcript.evaluate((log) => log.scrollTo(0, 0));
    await take("tools-open");
    await chat.transcript.evaluate((log) => log.scrollTo(0, 520));
    await take("tools-open-below");
  },

  async approval({ page, chat, model, take }) {
    const prompt = "Send feedback: the tables are easy to read";
    const feedback = {
      id: "call_1",
      name: "send_feedback",
      arguments: JSON.stringify({ feedback: "The tables are easy to read." }),
    };
    model.on(
      prompt,
      { text: ["I can send that to the people who run this demo."], toolCalls: [feedback] },
      { text: ["I did not send it."] },
    );
    await chat.start(prompt);
    await expect(chat.approveButton).toBeVisible();
    await take("approval");
    await chat.denyButton.click();
    await page.getByRole("textbox", { name: "Reason for denying" }).fill("not before noon");
    await take("approval-denying");
    await page.keyboard.press("Enter");
    await expect(chat.answer).toHaveAttribute("data-status", "complete");
    await take("approval-denied");
  },

  async long({ chat, gallery, take }) {
    await chat.goto(`/chats/${gallery.long}`);
    await chat.transcript.evaluate((log) => log.scrollTo(0, 0));
    await expect(chat.page.getByRole("button", { name: "Jump to latest" })).toBeVisible();
    await take("long-question");
  },

  async branches({ page, chat, model, take }) {
    model.on("Say it in one way", { text: ["One way to say it."] }, { text: ["Another way."] });
    await chat.start("Say it in one way");
    await expect(chat.answer).toHaveAttribute("data-status", "complete");
    await page.getByRole("button", { name: "Regenerate answer" }).click();
    await expect(chat.answer.getByRole("group", { name: "Versions" })).toHaveText("2/2");
    await expect(chat.answer).toHaveAttribute("data-status", "complete");
    await take("branches");
    await chat.question.hover();
    await chat.question.getByRole("button", { name: "Edit question" }).click();
    await expect(chat.page.getByRole("textbox", { name: "Edit your question" })).toBeVisible();
    await take("edit");
  },

  async attachments({ page, chat, gallery, take }) {
    await chat.goto(`/chats/${gallery.thinking}`);
    const shot = await page.screenshot({ clip: { x: 0, y: 0, width: 240, height: 160 } });
    await page.locator("[data-attach]").setInputFiles([
      { name: "corner-of-the-page.png", mimeType: "image/png", buffer: shot },
      {
        name: "notes about herons and other birds.md",
        mimeType: "text/markdown",
        buffer: Buffer.from("# Herons"),
      },
      { name: "birds.zip", mimeType: "application/zip", buffer: Buffer.from("PK") },
    ]);
    await expect(chat.alert).toBeVisible();
    await take("attachments-refused");
    await chat.alert.getByRole("button", { name: "Dismiss" }).click();
    await chat.composer.fill("What do you see here?");
    await take("attachments");
    await page.goto("/");
    await chat.isReady();
    await page.locator("[data-attach]").setInputFiles([
      { name: "corner.png", mimeType: "image/png", buffer: shot },
      { name: "notes.md", mimeType: "text/markdown", buffer: Buffer.from("# Herons") },
    ]);
    await chat.sendOnly("What do you see here?");
    await expect(chat.answer).toHaveAttribute("data-status", "complete");
    await take("attachments-sent");
  },

  async connection({ page, chat, model, take }) {
    const held = model.hold("Through a tunnel", "This answer goes ");
    await chat.start("Through a tunnel");
    await expect(chat.text(chat.answer)).toContainText("goes");
    await page.route(/chat\.stream/, (route) => route.abort());
    await page.context().setOffline(true);
    await expect(page.getByText("Reconnecting…")).toBeVisible();
    await take("reconnecting");
    await page.context().setOffline(false);
    held.end("on.");
  },
};
