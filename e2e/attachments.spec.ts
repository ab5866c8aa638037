import { readFile } from "node:fs/promises";

import { failRequests } from "./support/fail-requests.ts";
import { anySize, expect, test } from "./support/fixtures.ts";

const pixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const picture = { name: "dot.png", mimeType: "image/png", buffer: pixel };
const notes = { name: "notes.md", mimeType: "text/markdown", buffer: Buffer.from("# Herons") };

test("images and text files are sent and stored with a message", async ({ chat, page, db }) => {
  await chat.goto();
  await page.locator("[data-attach]").setInputFiles([picture, notes]);
  const tray = page.getByRole("list", { name: "Attached files" });
  await expect(tray.getByRole("listitem")).toHaveText(["dot.png", "notes.md"]);
  await chat.sendOnly("What is this?");
  await expect(tray).toHaveCount(0);
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
  await expect(chat.question.locator("img")).toHaveCount(1);
  await expect(chat.question).toContainText("notes.md");
  const row = await db.llmMessage.findUnique({ where: { id: await chat.idOf(chat.question) } });
  expect(row?.content).toBe("What is this?");
  expect(row?.contentRaw).toContain("notes.md");
  const files = await db.llmAttachment.findMany({ where: { messageId: row?.id ?? "" } });
  expect(files.map(({ name, size }) => [name, size])).toEqual([
    ["dot.png", pixel.length],
    ["notes.md", notes.buffer.length],
  ]);

  await chat.reload();
  await expect(chat.question.locator("img")).toHaveCount(1);
  await expect(chat.question).toContainText("notes.md");
  await page.getByRole("button", { name: "Open notes.md" }).click();
  await expect(page.getByRole("dialog")).toContainText("# Herons");
});

test("a PDF file is sent, and can be downloaded again", anySize, async ({ chat, page }) => {
  const paper = Buffer.from("%PDF-1.7\n%%EOF");
  await chat.goto();
  const file = { name: "paper.pdf", mimeType: "application/pdf", buffer: paper };
  await page.locator("[data-attach]").setInputFiles(file);
  await chat.sendOnly("What is this?");
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
  await chat.reload();
  await page.getByRole("button", { name: "Open paper.pdf" }).click();
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe("paper.pdf");
  expect(await readFile(await download.path())).toEqual(paper);
});

test("a file can be removed, and an unsupported file is rejected", async ({ chat, page }) => {
  await chat.goto();
  const input = page.locator("[data-attach]");
  await input.setInputFiles([
    notes,
    { name: "papers.zip", mimeType: "application/zip", buffer: Buffer.from("PK") },
  ]);
  await expect(chat.alert).toContainText("“papers.zip” isn’t supported");
  await expect(chat.sendButton).toBeEnabled();
  await page.getByRole("button", { name: "Remove notes.md" }).click();
  await expect(chat.sendButton).toBeDisabled();
  await expect(chat.alert).toHaveCount(0);
  await input.setInputFiles({
    name: "big.png",
    mimeType: "image/png",
    buffer: Buffer.alloc(5_100_000),
  });
  await expect(chat.alert).toContainText("“big.png” is 5.1 MB. Images can be up to 4.0 MB.");
});

test("files can be dropped and pasted", anySize, async ({ chat, page }) => {
  await chat.goto();
  const files = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(["one"], "one.txt", { type: "text/plain" }));
    return data;
  });
  await page.dispatchEvent("main", "dragover", { dataTransfer: files });
  await expect(page.getByText("Drop files to attach")).toBeVisible();
  await page.dispatchEvent("main", "drop", { dataTransfer: files });
  const tray = page.getByRole("list", { name: "Attached files" });
  await expect(tray.getByRole("listitem")).toHaveText(["one.txt"]);
  await expect(page.getByText("Drop files to attach")).toHaveCount(0);
  await chat.composer.evaluate((field) => {
    const data = new DataTransfer();
    data.items.add(new File(["two"], "two.txt", { type: "text/plain" }));
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
  });
  await expect(tray.getByRole("listitem")).toHaveText(["one.txt", "two.txt"]);
});

test(
  "the files of a message that fails to send come back",
  anySize,
  async ({ chat, page, problems }) => {
    problems.allow(/status of 429/);
    await chat.start("A chat with files");
    await chat.expectAnswer("An answer to: A chat with files");
    await page.locator("[data-attach]").setInputFiles(notes);
    await failRequests(page, "send", "TOO_MANY_REQUESTS", "Wait.");
    await chat.sendOnly("Look at them");
    await expect(chat.alert).toContainText("Wait.");
    await expect(chat.composer).toHaveValue("Look at them");
    await expect(page.getByRole("list", { name: "Attached files" })).toContainText("notes.md");
  },
);
