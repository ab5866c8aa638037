import { expect, it } from "vitest";
import type { ChatRow } from "./database/rows.ts";
import { FluentChat } from "./fluent-chat.ts";

class TestChat extends FluentChat {
  get asked() {
    const { model, provider } = this.configuration;
    return { model, provider };
  }
}

class TestOptions extends FluentChat {
  get core() {
    return this.configuration.core;
  }
}

const row = (model: string | null): ChatRow => ({
  id: "c1",
  model,
  provider: "stored-provider",
  instructions: null,
  metadata: null,
  createdAt: new Date(0),
  updatedAt: new Date(0),
});

const ways: Readonly<Record<string, (row: ChatRow, model: string) => TestChat>> = {
  option: (from, model) => new TestChat(from, { model }),
  withModel: (from, model) => new TestChat(from, {}).withModel(model),
  "withModel after another": (from, model) =>
    new TestChat(from, { model: "first" }).withModel("second").withModel(model),
};

it.each(Object.entries(ways))(
  "asks the stored provider for its own model alone (%s)",
  (_way, open) => {
    const stored = { name: "stored-provider", isStored: true };
    expect(open(row("stored-model"), "stored-model").asked).toEqual({
      model: "stored-model",
      provider: stored,
    });
    for (const from of [row("stored-model"), row(null)])
      expect(open(from, "other-model").asked).toEqual({ model: "other-model", provider: null });
  },
);

it.each(Object.entries(ways))("asks a named provider for every model (%s)", (_way, open) => {
  const named = { name: "named", isStored: false };
  for (const model of ["stored-model", "other-model"])
    expect(open(row("stored-model"), model).withProvider("named").asked.provider).toEqual(named);
});

it("asks the stored provider without another model", () => {
  const stored = { name: "stored-provider", isStored: true };
  for (const model of ["stored-model", null])
    expect(new TestChat(row(model), {}).asked).toEqual({ model, provider: stored });
  expect(new TestChat(row(null), { provider: "named" }).withModel("other").asked.provider).toEqual({
    name: "named",
    isStored: false,
  });
});

it.each([
  [Infinity, 2_147_483_647],
  [30_000, 30_000],
  [0, 0],
])("gives NodeLLM's timer a time that it can wait for instead of %s ms", (requestTimeout, ms) => {
  expect(new TestOptions(row(null), { requestTimeout }).core).toMatchObject({ requestTimeout: ms });
});
