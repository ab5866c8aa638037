/** Takes the bytes of a response, and its end. */
export interface ByteSink {
  /** @returns false when there should be no more of them until `ByteSource.resume`. */
  onBytes(bytes: Uint8Array): boolean;
  onEnd(): void;
  /** What broke the connection. Nothing comes after it. */
  onError(error: unknown): void;
}

/** The body of a response. */
export interface ByteSource {
  /** Begins to pass on what arrives, and what has arrived. */
  open(sink: ByteSink): void;
  /** True while the connection waits for `resume`. */
  readonly isPaused: boolean;
  /** Lets the connection go on. */
  resume(): void;
  /** Closes the connection. */
  close(): void;
}
