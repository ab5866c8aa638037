const debugName = /^tRPC\.proxy\((.*)\)$/;

/**
 * Where the client's router is mounted, "ai.chat" for `client.ai.chat`; null when the client does not
 * tell. tRPC's proxies say it when they are made a string, and in no other public way.
 */
export function readClientPath(client: object): string | null {
  try {
    return debugName.exec(String(client))?.[1] ?? null;
  } catch {
    return null;
  }
}
