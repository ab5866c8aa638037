import { ChatPage } from "./support/chat-page.ts";
import { anySize, expect, test } from "./support/fixtures.ts";
import type { ScriptedModel } from "./support/scripted-model.ts";

const feedback = (text: string, id = "call_1") => ({
  id,
  name: "send_feedback",
  arguments: JSON.stringify({ feedback: text }),
});

/** Scripts a model that calls the tool, and continues its answer once it has the result. */
function askFirst(model: ScriptedModel, prompt: string): void {
  model.on(
    prompt,
    { text: ["I will send it."], toolCalls: [feedback("More herons")] },
    { text: [" That is", " all."] },
  );
}

test("a tool waits for approval, and then the same answer continues", async ({
  chat,
  page,
  model,
  db,
}) => {
  askFirst(model, "Approve this");
  await chat.start("Approve this");
  const card = chat.tool("send_feedback");
  await expect(card).toHaveAttribute("data-tool-status", "awaiting_approval");
  await expect(chat.answer).toHaveAttribute("data-status", "awaiting_approval");
  await expect(card.getByRole("definition")).toHaveText("More herons");
  await expect(page.getByText("The answer is waiting for your approval.")).toBeAttached();
  // Until then nothing else can be sent, but the answer can be stopped.
  await expect(chat.stopButton).toBeVisible();
  const answerId = await chat.idOf(chat.answer);
  expect(model.calls("Approve this")).toHaveLength(1);

  await chat.approveButton.click();
  await chat.expectAnswer("I will send it. That is all.");
  expect(await chat.idOf(chat.answer)).toBe(answerId);
  await expect(card).toHaveAttribute("data-tool-status", "complete");
  await expect(chat.approveButton).toHaveCount(0);
  await expect(chat.sendButton).toBeVisible();
  expect(model.calls("Approve this")).toHaveLength(2);
  const rows = await db.llmToolCall.findMany({ where: { messageId: answerId } });
  expect(rows).toMatchObject([{ status: "complete" }]);
  expect(rows[0]?.result).toContain("feedback.md");

  await chat.reload();
  await chat.expectAnswer("I will send it. That is all.");
  await expect(card).toHaveAttribute("data-tool-status", "complete");
});

test("the model sees why a call was denied, and the tool does not run", async ({
  chat,
  page,
  model,
}) => {
  askFirst(model, "Deny this");
  await chat.start("Deny this");
  await chat.denyButton.click();
  const reason = page.getByRole("textbox", { name: "Reason for denying" });
  await expect(reason).toBeFocused();
  await reason.fill("not before noon");
  await reason.press("Enter");
  await chat.expectAnswer("I will send it. That is all.");
  const card = chat.tool("send_feedback");
  await expect(card).toHaveAttribute("data-tool-status", "denied");
  await card.locator("summary").click();
  await expect(card.getByRole("group", { name: "Result" })).toContainText("not before noon");
  const told = model.calls("Deny this")[1]?.request.messages.at(-1);
  expect(told).toMatchObject({ role: "tool" });
  expect(JSON.stringify(told)).toContain("not before noon");
});

test(
  "the request survives a reload and a restart of the server",
  anySize,
  async ({ chat, model, demo, problems }) => {
    problems.allow(/net::ERR_|status of 5\d\d/);
    askFirst(model, "Wait for me");
    await chat.start("Wait for me");
    await expect(chat.approveButton).toBeVisible();
    const answerId = await chat.idOf(chat.answer);
    await chat.reload();
    await expect(chat.approveButton).toBeVisible();
    await expect(chat.stopButton).toBeVisible();

    await demo.restart();
    await chat.reload();
    expect(await chat.idOf(chat.answer)).toBe(answerId);
    await expect(chat.answer).toHaveAttribute("data-status", "awaiting_approval");
    await chat.approveButton.click();
    await chat.expectAnswer("I will send it. That is all.");
    expect(await chat.idOf(chat.answer)).toBe(answerId);
    expect(model.calls("Wait for me")).toHaveLength(2);
  },
);

test(
  "a decision in one tab continues the answer in the other",
  anySize,
  async ({ chat, model, context, page }) => {
    askFirst(model, "Decide elsewhere");
    await chat.start("Decide elsewhere");
    await expect(chat.approveButton).toBeVisible();
    const second = new ChatPage(await context.newPage());
    await second.goto(page.url());
    await second.approveButton.click();
    await second.expectAnswer("I will send it. That is all.");
    await chat.expectAnswer("I will send it. That is all.");
    await expect(chat.approveButton).toHaveCount(0);
    expect(model.calls("Decide elsewhere")).toHaveLength(2);
  },
);

test("Stop ends a waiting answer, and the chat continues", anySize, async ({ chat, model }) => {
  askFirst(model, "Stop the waiting");
  await chat.start("Stop the waiting");
  await expect(chat.approveButton).toBeVisible();
  await chat.stopButton.click();
  await chat.expectAnswer("I will send it.", "stopped");
  await expect(chat.approveButton).toHaveCount(0);
  await chat.send("And now something else");
  await chat.expectAnswer("An answer to: And now something else");
  expect(model.calls("Stop the waiting")).toHaveLength(1);
});

test("the keyboard alone decides one call after another", async ({ chat, page, model }) => {
  model.on(
    "Ask me twice",
    { toolCalls: [feedback("first"), feedback("second", "call_2")] },
    { text: ["Both are decided."] },
  );
  await chat.start("Ask me twice");
  await expect(chat.approveButton).toHaveCount(2);
  await chat.approveButton.first().focus();
  await page.keyboard.press("Enter");
  // The focus moves to the next request.
  await expect(chat.approveButton).toHaveCount(1);
  await expect(chat.approveButton).toBeFocused();
  expect(model.calls("Ask me twice")).toHaveLength(1);
  await page.keyboard.press("Shift+Tab");
  await expect(chat.denyButton).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await expect(chat.denyButton).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.type("no");
  await page.keyboard.press("Enter");
  await chat.expectAnswer("Both are decided.");
  await expect(chat.tool("send_feedback").last().locator("summary")).toBeFocused();
  await expect(chat.tool("send_feedback").first()).toHaveAttribute("data-tool-status", "complete");
  await expect(chat.tool("send_feedback").last()).toHaveAttribute("data-tool-status", "denied");
});
