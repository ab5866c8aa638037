/** A CPU profile as V8 writes it, as far as it is used here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** The node that ran at each sample, and the microseconds since the sample before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** The shares of a profile's time that belong to each package, as text. Functions without a file belong to their caller. */
export function summarizeProfile({ nodes, samples, timeDeltas }: CpuProfile): string {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callers = new Map<number, number>();
  for (const node of nodes) for (const child of node.children ?? []) callers.set(child, node.id);
  const ownerOf = (id: number): string | null => {
    for (let at: number | undefined = id; at !== undefined; at = callers.get(at)) {
      const { functionName, url } = byId.get(at)?.callFrame ?? { functionName: "", url: "" };
      // The time without work, and that of the profiler.
      if (functionName === "(idle)" || functionName === "startProfile") return null;
      const owner = packageOf(functionName, url);
      if (owner !== null) return owner;
    }
    return "V8 and Node.js";
  };
  const times = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const owner = ownerOf(id);
    if (owner !== null) times.set(owner, (times.get(owner) ?? 0) + (timeDeltas[index] ?? 0));
  }
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  const shares = [...times].toSorted(([, one], [, other]) => other - one);
  const listed = shares.map(([owner, time]) => `${owner} ${((time / total) * 100).toFixed(1)}%`);
  return `${(total / 1000).toFixed(0)} ms: ${listed.join(", ")}`;
}

/** Null for a function that does the work of its caller. */
function packageOf(functionName: string, url: string): string | null {
  if (functionName === "(garbage collector)") return "garbage collection";
  if (functionName === "(program)") return "V8 and Node.js";
  if (url.includes("undici")) return "undici";
  if (/^node:.*(_http|net|stream)/.test(url)) return "HTTP and sockets";
  // Compiled processes lie in a folder of node_modules, too.
  const name = /node_modules\/((?:@[^/]+\/)?[^/.][^/]*)\/(?!.*node_modules)/.exec(url)?.[1];
  if (name !== undefined) return /adapter-|better-sqlite3/.test(name) ? "SQLite" : name;
  return url.endsWith(".mjs") && !url.startsWith("node:") ? "this package" : null;
}
