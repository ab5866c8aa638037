import { createHash } from "node:crypto";

/** What Anthropic charges for one request, in tokens by kind. */
export interface AnthropicBill {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
}

interface Segment {
  /** The prefix of the request up to and including this block. */
  readonly hash: string;
  readonly tokens: number;
  readonly isMarked: boolean;
}

const minCachedTokens = 1024;
const maxMarks = 4;
/** How many blocks before a mark are looked up. */
const lookback = 20;

/**
 * Counts what Anthropic would charge, by its rules for prompt caching: a prefix that ends at a mark is written, the
 * longest one that is known is read, and fewer than 1,024 tokens are not cached.
 *
 * @see https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching
 */
export class AnthropicCache {
  readonly #known = new Set<string>();

  bill(body: unknown): AnthropicBill {
    const segments = segmentsOf(body);
    const total = segments.at(-1)?.tokens ?? 0;
    const marks = segments.flatMap((segment, at) => (segment.isMarked ? [at] : []));
    if (marks.length > maxMarks)
      throw new Error("A maximum of 4 blocks with cache_control may be provided.");
    let read = 0;
    for (const mark of marks)
      for (const segment of segments.slice(Math.max(0, mark - lookback), mark + 1))
        if (this.#known.has(segment.hash)) read = Math.max(read, segment.tokens);
    let written = read;
    for (const mark of marks) {
      const segment = segments[mark];
      if (segment === undefined || segment.tokens < minCachedTokens) continue;
      this.#known.add(segment.hash);
      written = Math.max(written, segment.tokens);
    }
    return {
      input_tokens: total - written,
      cache_creation_input_tokens: written - read,
      cache_read_input_tokens: read,
    };
  }
}

/** Each tool, the system prompt and each block of a message, in the order in which they are cached. */
function segmentsOf(body: unknown): Segment[] {
  const {
    tools = [],
    system = [],
    messages,
  } = body as {
    tools?: object[];
    system?: string | object[];
    messages: { role: string; content: string | object[] }[];
  };
  const blocks = [
    ...tools,
    ...(typeof system === "string" ? [{ text: system }] : system),
    ...messages.flatMap(({ role, content }) =>
      (typeof content === "string" ? [{ type: "text", text: content }] : content).map((block) => ({
        role,
        ...block,
      })),
    ),
  ];
  let prefix = "";
  return blocks.map((block) => {
    const { cache_control: mark, ...rest } = block as { cache_control?: unknown };
    prefix += JSON.stringify(rest);
    const hash = createHash("sha256").update(prefix).digest("hex");
    return { hash, tokens: Math.ceil(prefix.length / 4), isMarked: mark !== undefined };
  });
}
