import type { AttachmentStorage } from "node-llm-trpc/server";

type Operation = "put" | "get" | "delete" | "url";

export interface MemoryStorage extends AttachmentStorage {
  readonly files: Map<string, Uint8Array>;
  /** What was asked of it, such as `put`. */
  readonly calls: Operation[];
  /** Called before each operation; it may throw or wait. */
  before: (operation: Operation, key: string) => Promise<void> | void;
}

/** The storage of an app, in memory. */
export function createMemoryStorage(): MemoryStorage {
  const files = new Map<string, Uint8Array>();
  const calls: Operation[] = [];
  const begin = async (operation: Operation, key: string): Promise<void> => {
    calls.push(operation);
    await storage.before(operation, key);
  };
  const storage: MemoryStorage = {
    files,
    calls,
    before: () => undefined,
    put: async (key, data) => {
      await begin("put", key);
      files.set(key, data);
    },
    get: async (key) => {
      await begin("get", key);
      return files.get(key);
    },
    delete: async (key) => {
      await begin("delete", key);
      files.delete(key);
    },
    url: async (key, { mediaType }) => {
      await begin("url", key);
      return `https://files.example/${key}?type=${encodeURIComponent(mediaType)}`;
    },
  };
  return storage;
}
