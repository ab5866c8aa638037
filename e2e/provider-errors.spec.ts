import type { OpenAIAnswer } from "../test/support/providers/start-openai-server.ts";
import type { ChatPage } from "./support/chat-page.ts";
import { anySize, expect, test } from "./support/fixtures.ts";

test.beforeEach(({ problems }) => {
  // The server logs the reason for its operator.
  problems.allow(/^server: /);
});

async function expectNoSecret(chat: ChatPage): Promise<void> {
  const html =
    (await chat.page.content()) + (await (await chat.page.request.get(chat.page.url())).text());
  expect(html).not.toContain("secret");
  expect(html).not.toContain("sk-");
}

const failures: readonly { name: string; answer: OpenAIAnswer; message: string }[] = [
  {
    name: "a server error",
    answer: { status: 500, text: ["secret: sk-123 exploded"] },
    message: "The model could not answer. Try again.",
  },
  {
    name: "too many requests",
    answer: { status: 429, text: ["secret quota of sk-123"] },
    message: "Wait a moment and try again.",
  },
  {
    name: "an invalid key",
    answer: { status: 401, text: ["Incorrect API key provided: sk-test-secret"] },
    message: "The model provider rejected the server's credentials.",
  },
];

for (const { name, answer, message } of failures) {
  const details = name === "a server error" ? {} : anySize;
  test(
    `${name} before the first word shows what to do, and Retry works`,
    details,
    async ({ chat, model, db }) => {
      const prompt = `Fail with ${name}`;
      model.on(prompt, answer);
      const chatId = await chat.start(prompt);
      await expect(chat.alert).toContainText(message);
      await expect(chat.alert).toBeInViewport();
      await expectNoSecret(chat);
      await expect(chat.messages).toHaveCount(1);
      expect(await db.llmMessage.count({ where: { chatId, role: "assistant" } })).toBe(0);

      model.on(prompt, { text: ["This time it worked."] });
      await chat.retryButton.click();
      await chat.expectAnswer("This time it worked.");
      await expect(chat.alert).toHaveCount(0);
      await expect(chat.messages).toHaveCount(2);
    },
  );
}

for (const end of ["drop", "eof", "error"] as const) {
  const details = end === "drop" ? {} : anySize;
  test(
    `half an answer stays when the stream ends with “${end}”, and Retry replaces it`,
    details,
    async ({ chat, model, db }) => {
      const prompt = `Break in the middle: ${end}`;
      model.on(prompt, { text: ["Half an ", "answer"], delay: 50, end });
      await chat.start(prompt);
      await expect(chat.answer).toHaveAttribute("data-status", "failed");
      await expect(chat.text(chat.answer)).toHaveText("Half an answer");
      await expect(chat.alert).toContainText("Try again.");
      await expect(chat.alert).toHaveCount(1);
      await expectNoSecret(chat);
      const answerId = await chat.idOf(chat.answer);
      const stored = await db.llmMessage.findUnique({ where: { id: answerId } });
      expect(stored).toMatchObject({ status: "failed", content: "Half an answer" });

      await chat.reload();
      await expect(chat.alert).toContainText("Try again.");
      model.on(prompt, { text: ["A whole ", "answer"] });
      await chat.retryButton.click();
      await chat.expectAnswer("A whole answer");
      await expect(chat.alert).toHaveCount(0);
      await expect(chat.messages).toHaveCount(2);
    },
  );
}

test("the message after a failure works", anySize, async ({ chat, model }) => {
  model.on("Fail first", { status: 500, text: ["secret"] });
  await chat.start("Fail first");
  await expect(chat.alert).toBeVisible();
  await chat.sendOnly("Then work");
  await chat.expectAnswer("An answer to: Then work");
  await expect(chat.alert).toHaveCount(0);
});
