import type { Usage } from "@node-llm/core";

/** A tool call of the model. `arguments` is sent as JSON; a string goes out as it stands. */
export interface ScriptedToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments?: Readonly<Record<string, unknown>> | string;
}

/** One step of an answer; a plain string is a chunk of text. `delayMs` is waited before each chunk. */
export type ScriptStep =
  | string
  | { readonly text: string | readonly string[]; readonly delayMs?: number }
  | {
      readonly thinking: {
        readonly text?: string;
        readonly signature?: string;
        readonly tokens?: number;
      };
      readonly delayMs?: number;
    }
  /** All tool calls of a script go out together, at its end, as providers do. */
  | { readonly toolCall: ScriptedToolCall }
  | { readonly usage: Partial<Usage> }
  /** The call fails here with this error; chunks before it have been delivered. */
  | { readonly error: unknown }
  /** The call fails here as an API does that answers with this HTTP status: 429, 503, … */
  | { readonly fail: number }
  /** The connection to the provider breaks here. */
  | { readonly drop: true }
  /** Nothing comes any more, and the connection stays open: until the call is given up. */
  | { readonly stall: true }
  /** The process that runs the script dies here, as by `kill -9`: for tests that run it in a child process. */
  | { readonly die: true }
  /** Waits until the test calls `provider.release()`. */
  | { readonly hold: true };

/** What the provider does in one call. */
export type Script = string | readonly ScriptStep[];
