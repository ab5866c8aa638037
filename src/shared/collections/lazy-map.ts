/** A map that mostly stays empty, as those for tool calls do. An empty `Map` takes 184 bytes. */
export class LazyMap<Key, Value> {
  #entries: Map<Key, Value> | null = null;

  get size(): number {
    return this.#entries?.size ?? 0;
  }

  get(key: Key): Value | undefined {
    return this.#entries?.get(key);
  }

  has(key: Key): boolean {
    return this.#entries?.has(key) ?? false;
  }

  set(key: Key, value: Value): void {
    this.#entries ??= new Map();
    this.#entries.set(key, value);
  }

  /** Of an empty map, these do not go on with keys that are added while they are read. */
  keys(): IterableIterator<Key> {
    return this.#entries?.keys() ?? [].values();
  }

  /** Of an empty map, these do not go on with values that are added while they are read. */
  values(): IterableIterator<Value> {
    return this.#entries?.values() ?? [].values();
  }

  delete(key: Key): void {
    this.#entries?.delete(key);
  }
}

/** A `LazyMap` that is only read. */
export type ReadonlyLazyMap<Key, Value> = Pick<
  LazyMap<Key, Value>,
  "size" | "get" | "has" | "keys" | "values"
>;
