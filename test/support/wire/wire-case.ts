import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { projectRoot } from "../../../scripts/lib/project-root.ts";

/** What a provider sends, and what the stored answer must be then. */
export interface WireCase {
  readonly id: string;
  readonly title: string;
  /** The name of one of core's providers. */
  readonly provider: string;
  readonly model: string;
  /** `"ask"` asks without a stream, with core's own retries. */
  readonly call?: "ask";
  /** How often core tries; one attempt for a stream and core's own number for `ask` by default. */
  readonly attempts?: number;
  readonly idleTimeout?: number;
  /** The case of the same kind without the quirk; null for those that every provider sends each day. */
  readonly control: string | null;
  /** Reply n answers request n. */
  readonly responses: readonly WireReply[];
  /** What later requests must contain, and the reply to one that does not. */
  readonly then?: readonly {
    /** The first request is 1. */
    readonly request: number;
    readonly contains: readonly string[];
    readonly otherwise: WireReply;
  }[];
  readonly expect: WireExpectation;
}

export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Each is written by itself, after its delay. After the last one the response ends. */
  readonly writes: readonly {
    readonly text?: string;
    readonly base64?: string;
    readonly delayMs?: number;
  }[];
}

type AnyOf<Value> = Value | readonly Value[];

/** Fields that are missing are not judged, except `toolCalls`: without it, no tool may run. */
interface WireExpectation {
  readonly status: "complete" | "failed";
  readonly content?: string;
  readonly thinking?: string;
  readonly finishReason?: AnyOf<string | null>;
  readonly errorCode?: AnyOf<string>;
  readonly retryable?: boolean;
  /** In any order. */
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: unknown }[];
  readonly usage?: {
    readonly inputTokens?: AnyOf<number | null>;
    readonly outputTokens?: AnyOf<number | null>;
    /** US dollars, to a millionth. */
    readonly cost?: number | null;
  };
  /** The message stays in `messages`, as `failed` and with `content`. */
  readonly kept?: boolean;
  /** The cost is the one that `ask` records for this reply. */
  readonly costOfAsk?: WireReply;
  /** The least time between request n and the next one. */
  readonly minGapsMs?: readonly number[];
  /** Texts that no client may see. */
  readonly mustNotLeak?: readonly string[];
}

/** Reads the cases of `test/fixtures/wire.json`. */
export async function readWireCases(): Promise<readonly WireCase[]> {
  const text = await readFile(join(projectRoot, "test/fixtures/wire.json"), "utf8");
  // The file has this type, and a case that has not fails.
  return JSON.parse(text) as readonly WireCase[];
}

/** The milliseconds that a case waits for in all. */
export function durationOf({ responses }: WireCase): number {
  const writes = responses.flatMap((reply) => reply.writes);
  return writes.reduce((sum, write) => sum + (write.delayMs ?? 0), 0);
}
