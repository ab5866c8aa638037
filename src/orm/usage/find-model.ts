import { ModelRegistry } from "@node-llm/core";

type RegisteredModel = NonNullable<ReturnType<typeof ModelRegistry.find>>;

interface Found {
  readonly models: readonly RegisteredModel[];
  /** How many models there were. */
  readonly count: number;
  readonly model: RegisteredModel | undefined;
  /** Its place; -1 when there is none. */
  readonly index: number;
}

const found = new Map<string, Found>();
const maxFound = 1_000;

/**
 * Finds a model in NodeLLM's registry, as `ModelRegistry.find` does. That compares the names of thousands of models, so
 * what it has found is kept until there are more models, or another one has its place.
 */
export function findModel(model: string, provider: string): RegisteredModel | undefined {
  const models = ModelRegistry.all();
  const key = JSON.stringify([provider, model]);
  const known = found.get(key);
  const isKept = known?.models === models && known.count === models.length;
  if (isKept && models[known.index] === known.model) return known.model;
  const entry = ModelRegistry.find(model, provider);
  if (found.size === maxFound) found.clear();
  const index = entry === undefined ? -1 : models.indexOf(entry);
  found.set(key, { models, count: models.length, model: entry, index });
  return entry;
}
