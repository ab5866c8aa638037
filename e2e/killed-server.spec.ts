import { expect, test } from "./support/fixtures.ts";
import { words } from "./support/words.ts";

test("killing the server interrupts an answer, which keeps its text and can be retried", async ({
  chat,
  model,
  demo,
  problems,
  db,
}) => {
  problems.allow(/net::ERR_|status of 5\d\d/);
  model.hold("Survive this", ...words(1, 20));
  await chat.start("Survive this");
  await expect(chat.text(chat.answer)).toHaveText(/w20$/);
  const answerId = await chat.idOf(chat.answer);
  await expect
    .poll(async () => await db.llmMessageChunk.count({ where: { messageId: answerId } }))
    .toBeGreaterThan(0);
  await expect
    .poll(async () => {
      const chunks = await db.llmMessageChunk.findMany({ where: { messageId: answerId } });
      return chunks.map((chunk) => chunk.text).join("");
    })
    .toContain("w20");

  await demo.restart();
  // The page reconnects by itself and learns that the answer was interrupted.
  await expect(chat.answer).toHaveAttribute("data-status", "interrupted", { timeout: 30_000 });
  await expect(chat.text(chat.answer)).toHaveText(words(1, 20).join("").trimEnd());
  await expect(chat.answer).toContainText("The server stopped before the answer was finished.");

  model.on("Survive this", { text: ["This ", "time."] });
  await chat.retryButton.click();
  await chat.expectAnswer("This time.");
});
