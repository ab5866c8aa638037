import { expect, test } from "./support/fixtures.ts";
import { words } from "./support/words.ts";

test("the page of a server that is told to end has the answer's end before the server is gone", async ({
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
  // No other server has told it.
  await expect(chat.answer).toHaveAttribute("data-status", "interrupted");
  await expect(chat.text(chat.answer)).toHaveText(text.trimEnd());

  await demo.restart();
  model.on("Be there to the end", { text: ["This ", "time."] });
  await chat.retryButton.click();
  await chat.expectAnswer("This time.");
});
