/** The part of a node-redis client that the hub uses. `createClient` of the `redis` package returns one. */
export interface RedisClientLike {
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  duplicate(overrides?: { readonly disableOfflineQueue?: boolean }): RedisClientLike;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "ready" | "end", listener: () => void): unknown;
  sendCommand(args: readonly string[]): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<void>;
  unsubscribe(channel: string, listener: (message: string) => void): Promise<void>;
  unref(): void;
  destroy(): void;
}
