import { anySize, expect, test } from "./support/fixtures.ts";
import { expectGrowth, TextLog } from "./support/text-log.ts";
import { words } from "./support/words.ts";

test("an answer survives a lost connection: a banner appears, and then it continues", async ({
  chat,
  model,
  page,
  network,
  problems,
}) => {
  problems.allow(/net::ERR_/);
  const log = await TextLog.install(page);
  const text = model.hold("Count through the tunnel", ...words(1, 20));
  await chat.start("Count through the tunnel");
  await expect(chat.text(chat.answer)).toHaveText(/w20$/);
  const answerId = await chat.idOf(chat.answer);

  network.cut();
  const banner = page.getByText("Reconnecting…");
  await expect(banner).toBeVisible();
  text.write(...words(21, 40));
  await expect(chat.text(chat.answer)).toHaveText(/w20$/);

  network.restore();
  await expect(chat.text(chat.answer)).toHaveText(/w40$/);
  await expect(banner).toHaveCount(0);
  text.end(...words(41, 60));
  await chat.expectAnswer(words(1, 60).join("").trimEnd());
  expect(await chat.idOf(chat.answer)).toBe(answerId);
  expectGrowth(await log.read(answerId));
  expect(model.calls("Count through the tunnel")).toHaveLength(1);
});

test(
  "an answer that ends while the browser is offline is complete afterwards",
  anySize,
  async ({ chat, model, page, context, network, problems }) => {
    problems.allow(/net::ERR_/);
    const text = model.hold("End in the tunnel", ...words(1, 5));
    await chat.start("End in the tunnel");
    await expect(chat.text(chat.answer)).toHaveText(/w5$/);
    // Going offline only tells the page; cutting the network breaks its open connections.
    await context.setOffline(true);
    network.cut();
    await expect(page.getByText("Reconnecting…")).toBeVisible();
    text.end(...words(6, 9));
    await model.calls("End in the tunnel")[0]?.closed;

    network.restore();
    await context.setOffline(false);
    await chat.expectAnswer(words(1, 9).join("").trimEnd());
    await expect(page.getByText("Reconnecting…")).toHaveCount(0);
    await expect(chat.sendButton).toBeVisible();
  },
);

test(
  "a connection that silently dies is replaced",
  anySize,
  async ({ chat, model, network, problems }) => {
    problems.allow(/net::ERR_/);
    const text = model.hold("Count into the silence", ...words(1, 5));
    await chat.start("Count into the silence");
    await expect(chat.text(chat.answer)).toHaveText(/w5$/);
    network.silence();
    text.end(...words(6, 9));
    // New connections work, but the page has to notice that the old one is dead.
    await expect(chat.answer).toHaveAttribute("data-status", "complete", { timeout: 20_000 });
    await chat.expectAnswer(words(1, 9).join("").trimEnd());
  },
);
