const allowed = new Set(["http:", "https:", "mailto:"]);

/** Returns the address if it is absolute and safe to link to, otherwise null. */
export function safeUrl(address: string): string | null {
  try {
    const url = new URL(address);
    return allowed.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
