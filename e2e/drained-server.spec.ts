import { expect, test } from "./support/fixtures.ts";
import { words } from "./support/words.ts";

test("a page learns how its answer ended before its server shuts down", async ({
  chat,
  model,
  demo,
  problems,
  db,
}) => {
  problems.allow(/net::ERR_|status of 5\d\d/);
  model.hold("Be there to the end", ...words(1, 20));
  await chat.start("Be there to the end");
  await expect(chat.text(chat.answer)).toHaveText(/w20$/);
  const answerId = await chat.idOf(chat.answer);

  expect(await demo.end("SIGINT")).toBe(130);
  await model.calls("Be there to the end")[0]?.closed;
  const text = words(1, 20).join("");
  const stored = await db.llmMessage.findUnique({ where: { id: answerId } });
  expect(stored).toMatchObject({ status: "interrupted", turnLock: null, content: text });
  // No other server is running that could have told the page.
  await expect(chat.answer).toHaveAttribute("data-status", "interrupted");
  await expect(chat.text(chat.answer)).toHaveText(text.trimEnd());

  await demo.restart();
  model.on("Be there to the end", { text: ["This ", "time."] });
  await chat.retryButton.click();
  await chat.expectAnswer("This time.");
});
