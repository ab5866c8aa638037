import type { ChatRequest, Usage } from "@node-llm/core";

/** A tool call of the scripted model. */
export interface ScriptedToolCall {
  /** The id of the call, as the provider gives it. */
  readonly id: string;
  /** The name of the tool. */
  readonly name: string;
  /**
   * The arguments, which are sent as JSON. A string is sent unchanged, for example to test invalid JSON.
   *
   * @default {}
   */
  readonly arguments?: Readonly<Record<string, unknown>> | string;
}

/** One step of a script. A plain string is a chunk of text. */
export type ScriptStep =
  | string
  | {
      /** One chunk of text, or several. */
      readonly text: string | readonly string[];
      /** The delay before each chunk, in milliseconds. Defaults to the provider's `delayMs`. */
      readonly delayMs?: number;
    }
  | {
      /** A chunk of thinking. */
      readonly thinking: {
        /** The text of the thinking. */
        readonly text?: string;
        /** The provider's signature of the thinking, which it expects back in the next request. */
        readonly signature?: string;
        /** The tokens that the provider reports for the thinking. */
        readonly tokens?: number;
      };
      /** The delay before the chunk, in milliseconds. Defaults to the provider's `delayMs`. */
      readonly delayMs?: number;
    }
  | {
      /** A tool call. All tool calls of a script are sent together at its end, as real providers do. */
      readonly toolCall: ScriptedToolCall;
    }
  | {
      /**
       * A tool call of which only this much has arrived: `arguments` is the beginning of its JSON. The whole call follows
       * as a `toolCall` with the same id, unless the script ends before.
       */
      readonly writing: ScriptedToolCall;
    }
  | {
      /** The usage that the last chunk reports. Missing token counts are 0, and the total is their sum. */
      readonly usage: Partial<Usage>;
    }
  | {
      /**
       * The reason that the last chunk reports, such as `"length"` or `"content_filter"`.
       *
       * @default "tool_calls" after tool calls, and "stop" otherwise
       */
      readonly finishReason: string;
    }
  | {
      /** The call throws this error. The chunks before it have been delivered. */
      readonly error: unknown;
    }
  | {
      /** The call fails like an API that responds with this HTTP status, such as 429 or 503. */
      readonly fail: number;
    }
  | {
      /** The connection to the provider breaks. */
      readonly drop: true;
    }
  | {
      /** Nothing more arrives, but the connection stays open until the call is aborted. */
      readonly stall: true;
    }
  | {
      /** The process that runs the script dies, as with `kill -9`. Run that process as a child of your test. */
      readonly die: true;
    }
  | {
      /** The script waits until the test calls `provider.release()`. */
      readonly hold: true;
    };

/** What the provider sends in one call: a text, or a list of steps. */
export type Script = string | readonly ScriptStep[];

/**
 * What the provider sends in its calls: one script for all calls, a list of scripts with one for each call, or a
 * function that returns the script for a request and the number of the call, which starts at 1.
 */
export type Scripts =
  | Script
  | readonly (readonly ScriptStep[])[]
  | ((request: ChatRequest, call: number) => Script);
