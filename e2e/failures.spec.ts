import { failRequests } from "./support/fail-requests.ts";
import { anySize, expect, test } from "./support/fixtures.ts";
import { words } from "./support/words.ts";

test("the failure of an earlier question stays when something else is sent", async ({
  chat,
  page,
  model,
  problems,
}) => {
  // The server logs the reason for its operator.
  problems.allow(/^server: /);
  model.on("Fail before the first word", { status: 500 });
  await chat.start("Fail before the first word");
  await expect(chat.retryButton).toBeVisible();
  const failure = page.locator("[data-missing-answer]");
  await expect(failure).toContainText("Failed");
  const reason = (await failure.textContent())?.replace(/Retry$/, "") ?? "";
  await chat.send("Something else");
  await chat.expectAnswer("An answer to: Something else");
  await expect(failure).toHaveText(reason);
  // It stands between its question and the next one.
  const order = await page
    .locator("[data-message-id], [data-missing-answer]")
    .evaluateAll((all) =>
      all.map((one) =>
        one.hasAttribute("data-missing-answer") ? "failure" : one.getAttribute("data-role"),
      ),
    );
  expect(order).toEqual(["user", "failure", "user", "assistant"]);
  await chat.reload();
  await expect(failure).toHaveText(reason);
});

test(
  "a message that is refused does not change why the one before has no answer",
  anySize,
  async ({ chat, page, model, problems }) => {
    problems.allow(/^server: /);
    problems.allow(/status of 429/);
    model.on("Fail, then be followed", { status: 500 });
    await chat.start("Fail, then be followed");
    const failure = page.locator("[data-missing-answer]");
    await expect(failure).toContainText("Failed");
    const reason = (await failure.textContent()) ?? "";
    await failRequests(page, "send", "TOO_MANY_REQUESTS", "Too many messages.");
    await chat.sendOnly("One too many");
    await expect(chat.alert.filter({ hasText: "Too many messages." })).toBeVisible();
    await expect(failure).toHaveText(reason);
    await chat.reload();
    await expect(failure).toHaveText(reason);
  },
);

test(
  "the error of a Stop that could not be sent goes when the connection is back",
  anySize,
  async ({ chat, page, model, network, problems }) => {
    problems.allow(/net::ERR_/);
    const text = model.hold("Stop me in the tunnel", ...words(1, 5));
    await chat.start("Stop me in the tunnel");
    await expect(chat.text(chat.answer)).toHaveText(/w5$/);
    network.cut();
    await expect(page.getByText("Reconnecting…")).toBeVisible();
    await chat.stopButton.click();
    await expect(chat.alert).toBeVisible();
    network.restore();
    await expect(page.getByText("Reconnecting…")).toHaveCount(0);
    await expect(chat.alert).toHaveCount(0);
    text.end("w6");
    await chat.expectAnswer("w1 w2 w3 w4 w5 w6");
  },
);

test("a long name of a file stays inside its pill", async ({ chat, page }) => {
  await chat.goto();
  const name = `${"a-very-long-name-".repeat(12)}.md`;
  await page
    .locator("[data-attach]")
    .setInputFiles({ name, mimeType: "text/markdown", buffer: Buffer.from("# Herons") });
  await chat.sendOnly("What is in it?");
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
  const pill = chat.question.getByRole("button", { name: `Open ${name}` });
  await expect(pill).toBeInViewport({ ratio: 1 });
  const overflow = await chat.transcript.evaluate((log) => log.scrollWidth - log.clientWidth);
  expect(overflow).toBe(0);
  await pill.click();
  await expect(page.getByRole("dialog", { name })).toContainText("# Herons");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("pictures open in a viewer, where the arrow keys go on", anySize, async ({ chat, page }) => {
  await chat.goto();
  const buffer = await page.screenshot({ clip: { x: 0, y: 0, width: 400, height: 300 } });
  await page.locator("[data-attach]").setInputFiles([
    { name: "one.png", mimeType: "image/png", buffer },
    { name: "two.png", mimeType: "image/png", buffer },
  ]);
  await chat.sendOnly("Look");
  await chat.question.getByRole("button", { name: "Open one.png" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("img")).toHaveAttribute("alt", "one.png");
  const size = await dialog.getByRole("img").boundingBox();
  expect(size?.width).toBe(400);
  await page.keyboard.press("ArrowRight");
  await expect(dialog.getByRole("img")).toHaveAttribute("alt", "two.png");
  await expect(dialog.getByRole("heading")).toHaveText("two.png");
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(chat.question.getByRole("button", { name: "Open one.png" })).toBeFocused();
});

test("the arrow keys scroll a wide text, and turn from one that fits", async ({ chat, page }) => {
  await chat.goto();
  const mimeType = "text/plain";
  await page.locator("[data-attach]").setInputFiles([
    { name: "narrow.txt", mimeType, buffer: Buffer.from("Narrow") },
    { name: "narrow too.txt", mimeType, buffer: Buffer.from("Narrow, too") },
    { name: "wide.txt", mimeType, buffer: Buffer.from("wide ".repeat(1_000)) },
  ]);
  await chat.sendOnly("Read");
  await chat.question.getByRole("button", { name: "Open narrow.txt" }).click();
  const dialog = page.getByRole("dialog");
  const text = dialog.locator("pre");
  for (const name of ["narrow too.txt", "wide.txt"]) {
    await expect(text).toBeFocused();
    await page.keyboard.press("ArrowRight");
    await expect(dialog.getByRole("heading")).toHaveText(name);
  }
  await expect(text).toContainText("wide wide");
  await expect(text).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect.poll(async () => await text.evaluate((one) => one.scrollLeft)).toBeGreaterThan(0);
  await page.keyboard.press("ArrowLeft");
  await expect(dialog.getByRole("heading")).toHaveText("wide.txt");
});

test("a long question is folded", anySize, async ({ chat }) => {
  const prompt = Array.from({ length: 120 }, (_, line) => `Line ${line + 1}`).join("\n");
  await chat.goto();
  await chat.sendOnly(prompt);
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
  const height = async (): Promise<number> => (await chat.question.boundingBox())?.height ?? 0;
  await expect.poll(height).toBeLessThan(400);
  await chat.question.getByRole("button", { name: "Show all" }).click();
  expect(await height()).toBeGreaterThan(2_000);
  await chat.question.getByRole("button", { name: "Show less" }).click();
  expect(await height()).toBeLessThan(400);
});
