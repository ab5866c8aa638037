import { ModelRegistry } from "@node-llm/core";
import { afterEach, expect, it } from "vitest";

import { SeededRandom } from "../../../test/support/seeded-random.ts";
import { findModel } from "./find-model.ts";

const registered = [...ModelRegistry.all()];

afterEach(() => {
  ModelRegistry.all().splice(0, Infinity, ...registered);
});

it("finds what the registry finds, whatever is added or changed in it", () => {
  const random = new SeededRandom("models");
  const names = [
    ...Array.from({ length: 20 }, () => random.pick(registered).id),
    "gpt-4o",
    "GPT-4o",
    "unknown-model",
    "",
  ];
  const providers = ["openai", "anthropic", "gemini", "nobody"];
  for (let step = 0; step < 300; step++) {
    if (random.chance(0.1)) {
      const model = random.pick(registered);
      const id = random.pick([model.id, ...names]);
      const context_window = random.between(1, 1_000_000);
      ModelRegistry.save({ ...model, id, provider: random.pick(providers), context_window });
    }
    const [name, provider] = [random.pick(names), random.pick(providers)];
    expect(findModel(name, provider)).toBe(ModelRegistry.find(name, provider));
  }
  const all = names.flatMap((name) => providers.map((provider) => [name, provider] as const));
  const found = () => all.map(([name, provider]) => findModel(name, provider));
  found();
  ModelRegistry.all().reverse();
  const expected = all.map(([name, provider]) => ModelRegistry.find(name, provider)?.id);
  expect(found().map((model) => model?.id)).toEqual(expected);
});
