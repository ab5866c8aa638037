/** The part of a node-redis client that the hub uses. `createClient` of the `redis` package returns one. */
export interface RedisClientLike {
  /** True while the client can send commands. */
  readonly isReady: boolean;
  /** Connects to the server. */
  connect(): Promise<unknown>;
  /**
   * Creates another client with the same settings.
   *
   * @param overrides.disableOfflineQueue rejects commands while there is no connection, instead of queueing them.
   */
  duplicate(overrides?: { readonly disableOfflineQueue?: boolean }): RedisClientLike;
  /** Adds a listener for errors of the connection. */
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Adds a listener for when the client is ready, or has closed for good. */
  on(event: "ready" | "end", listener: () => void): unknown;
  /** Sends a command, its name first, and resolves with the reply. */
  sendCommand(args: readonly string[]): Promise<unknown>;
  /** Subscribes to a channel. */
  subscribe(channel: string, listener: (message: string) => void): Promise<void>;
  /** Removes a listener from a channel. */
  unsubscribe(channel: string, listener: (message: string) => void): Promise<void>;
  /** Lets the process exit while the client is connected. */
  unref(): void;
  /** Closes the connection at once. */
  destroy(): void;
}
