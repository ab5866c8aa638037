/** What a storage is told about a file. */
export interface StoredFileInfo {
  /** The name that the sender gave it, without control characters; null for none. It may be any text: encode it. */
  readonly name: string | null;
  /** The media type, which the bytes were compared with: one of `AttachmentMediaType`. */
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Where an app keeps the files of messages, instead of in its database: a bucket, or a folder. The keys are UUIDs that the
 * router chooses, and each is written once.
 *
 * A `put` that fails or hangs, and a process that dies, leave no file behind: the router knows of a key before it writes
 * it, and deletes what no message names.
 *
 * @example
 * ```ts
 * const files = new Map<string, Uint8Array>();
 *
 * const storage: AttachmentStorage = {
 *   put: async (key, data) => files.set(key, data),
 *   get: async (key) => files.get(key) ?? null,
 *   delete: async (key) => files.delete(key),
 * };
 * ```
 */
export interface AttachmentStorage {
  /** Stores a file. Resolves when it can be read. */
  put(key: string, data: Uint8Array, file: StoredFileInfo): Promise<unknown>;
  /** Reads a file; null or undefined when there is none. */
  get(key: string): Promise<Uint8Array | null | undefined>;
  /** Deletes a file. Succeeds when there is none, because it may be called again. */
  delete(key: string): Promise<unknown>;
  /**
   * Returns an address where the browser of the caller can read the file for a while, signed by the storage. It becomes
   * the attachment's `url`. Without it, clients read files with the `attachment` query.
   */
  url?(key: string, file: StoredFileInfo): string | Promise<string>;
}
