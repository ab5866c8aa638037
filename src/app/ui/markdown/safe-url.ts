const allowed = new Set(["http:", "https:", "mailto:"]);

/** The address when it is an absolute one that is safe to open from a page; null for any other. */
export function safeUrl(address: string): string | null {
  try {
    const url = new URL(address);
    return allowed.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
