import { ModelRegistry } from "@node-llm/core";

type RegisteredModel = NonNullable<ReturnType<typeof ModelRegistry.find>>;

interface Found {
  readonly models: readonly RegisteredModel[];
  /** How many models there were. */
  readonly count: number;
  /** The place of the found one; -1 when there is none. */
  readonly index: number;
}

const found = new Map<string, Found>();
const maxFound = 1_000;

/**
 * Finds a model in NodeLLM's registry, as `ModelRegistry.find` does. That compares the names of thousands of models, so
 * the place of a model is kept until models are added, or another one has its place.
 */
export function findModel(model: string, provider: string): RegisteredModel | undefined {
  const models = ModelRegistry.all();
  const key = JSON.stringify([provider, model]);
  const known = found.get(key);
  if (known?.models === models && known.count === models.length) return models[known.index];
  const entry = ModelRegistry.find(model, provider);
  if (found.size === maxFound) found.clear();
  const index = entry === undefined ? -1 : models.indexOf(entry);
  found.set(key, { models, count: models.length, index });
  return entry;
}
