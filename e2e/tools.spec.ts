import { anySize, expect, test } from "./support/fixtures.ts";

const search = (query: string, id = "call_1") => ({
  id,
  name: "search_docs",
  arguments: JSON.stringify({ query }),
});

test("a tool call is a card with its status, arguments and result", async ({ chat, model, db }) => {
  const text = model.held("The documentation ");
  model.on(
    "Search for hooks",
    { text: ["Let me look."], toolCalls: [search("hooks")] },
    { pieces: text },
  );
  const chatId = await chat.start("Search for hooks");

  const card = chat.answer.locator('[data-tool="search_docs"]');
  await expect(card).toHaveAttribute("data-tool-status", "complete");
  await expect(card).toContainText("Done");
  await expect(card.getByRole("heading", { name: "Result" })).toBeHidden();
  await card.locator("summary").click();
  await expect(card.getByRole("heading", { name: "Result" })).toBeVisible();
  const args = card.getByRole("group", { name: "Arguments" });
  await expect(args.getByRole("term")).toHaveText("query");
  await expect(args.getByRole("definition")).toHaveText("hooks");
  // What the tool returned and reported is typed, and has a card of its own.
  const result = card.getByRole("group", { name: "Result" });
  await expect(result).toContainText(/3 sections in [1-9]\d documents/);
  await expect(result.getByRole("heading", { level: 3 })).toHaveCount(3);
  await expect(result).not.toContainText("isAnswer");
  await result.getByRole("button", { name: "Show all" }).click();
  await expect(result.getByRole("button", { name: "Show less" })).toBeVisible();
  const sources = chat.answer.getByRole("list", { name: "Sources" }).getByRole("listitem");
  await expect(sources).toHaveCount(3);
  await expect(chat.text(chat.answer)).toHaveText(["Let me look.", "The documentation"]);

  text.end("says it.");
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
  await expect(chat.text(chat.answer)).toHaveText(["Let me look.", "The documentation says it."]);
  expect(model.calls("Search for hooks")).toHaveLength(2);
  expect(model.calls("Search for hooks")[1]?.request.messages.map(({ role }) => role)).toEqual(
    expect.arrayContaining(["user", "assistant", "tool"]),
  );
  const answer = await db.llmMessage.findFirst({
    where: { chatId, role: "assistant" },
    include: { toolCalls: true },
  });
  expect(answer?.id).toBe(await chat.idOf(chat.answer));
  expect(answer?.toolCalls).toMatchObject([{ name: "search_docs", status: "complete" }]);

  await chat.reload();
  await expect(card).toHaveAttribute("data-tool-status", "complete");
  await expect(chat.text(chat.answer)).toHaveText(["Let me look.", "The documentation says it."]);
  await expect(sources).toHaveCount(3);
  await card.locator("summary").click();
  await expect(result).toContainText(/3 sections in [1-9]\d documents/);
});

test(
  "an invalid tool call fails in its card, and the answer continues",
  anySize,
  async ({ chat, model, problems }) => {
    // This package and NodeLLM log it on the server.
    problems.allow(/^server: (node-llm-trpc: the tool|\[NodeLLM Error\] Tool execution failed)/);
    const call = { id: "call_1", name: "search_docs", arguments: '{"wrong":1}' };
    model.on("Call it wrongly", { toolCalls: [call] }, { text: ["I could not search."] });
    await chat.start("Call it wrongly");
    await expect(chat.text(chat.answer)).toHaveText("I could not search.");
    await expect(chat.answer).toHaveAttribute("data-status", "complete");
    const card = chat.answer.locator('[data-tool="search_docs"]');
    await expect(card).toHaveAttribute("data-tool-status", "error");
    await expect(card).toContainText("Failed");
  },
);

test(
  "several turns in one chat, with a tool call in the middle",
  anySize,
  async ({ chat, model, db }) => {
    model.on(
      "And the second?",
      { toolCalls: [search("second")] },
      { text: ["The second answer."] },
    );
    model.on("And the third?", { text: ["The third ", "answer."] });
    const chatId = await chat.start("What is first?");
    await chat.expectAnswer("An answer to: What is first?");
    await chat.send("And the second?");
    await chat.expectAnswer("The second answer.");
    await chat.send("And the third?");
    await chat.expectAnswer("The third answer.");

    await expect(chat.messages).toHaveCount(6);
    // The fake server rejects a history that breaks OpenAI's rules.
    expect(model.calls("And the third?")[0]?.request.messages.map(({ role }) => role)).toEqual([
      "system",
      "user",
      "assistant",
      "user",
      "assistant",
      "tool",
      "assistant",
      "user",
    ]);
    const ids = await chat.messages.evaluateAll((all) =>
      all.map((one) => one.getAttribute("data-message-id")),
    );
    const rows = await db.llmMessage.findMany({ where: { chatId }, orderBy: { position: "asc" } });
    expect(rows.map((row) => row.id)).toEqual(ids);

    await chat.reload();
    await expect(chat.messages).toHaveCount(6);
    await chat.expectAnswer("The third answer.");
  },
);
