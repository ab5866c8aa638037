import { createParser } from "eventsource-parser";
import { ChatError } from "../../../chat/chat-error.ts";
import { answerErrors } from "../../../chat/error-codes.ts";
import { isTooDeep, parseJson } from "../../../shared/json-value.ts";
import { Utf8Pieces } from "../../../shared/utf8-pieces.ts";
import { AwsEventStream } from "./aws-event-stream.ts";
import type { Dialect, DialectReader } from "./dialect.ts";
import { TextTemplate } from "./text-template.ts";
import { WireAnswer } from "./wire-answer.ts";
import type { CallTarget } from "./wire-error.ts";
import { createTextError, readWireError } from "./wire-error.ts";

/** JSON with more levels is not read: what it says could not be written again without exhausting the stack. */
const maxLevels = 1_000;
/** An event, or a whole response, with more bytes than this fails, because a server that never ends it would take all memory. */
const maxEventLength = 64 * 1_048_576;

/**
 * Reads the body of a successful response, whatever it turns out to be: a stream of the dialect, a whole response, an
 * error as JSON, or the page of a proxy. What it says is in `answer`. Never throws.
 *
 * Server-sent events are parsed as the standard says
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html), except that an event at the very end counts
 * without its blank line.
 */
export class WireReader {
  readonly answer: WireAnswer;
  readonly #target: CallTarget;
  readonly #dialect: DialectReader;
  readonly #template: TextTemplate;
  readonly #endMarker: string | null;
  readonly #aws: AwsEventStream | null;
  readonly #decoder = new Utf8Pieces();
  readonly #parser = createParser({
    onEvent: ({ data, event }) => this.#readEvent(data, event),
    // llama.cpp reports errors in a field of its own.
    onError: ({ field, value = "" }) => {
      if (field === "error") this.#readError(value);
    },
  });
  /** What the body is. Its first character tells, since events begin with a field or a comment. */
  #form: "unknown" | "events" | "whole" = "unknown";
  /** The text of a body that is unknown or whole. */
  #texts: string[] = [];
  #isEnding = false;
  /** How many bytes have arrived since the last event. */
  #unread = 0;

  /** @param joinsPieces whether neighbors of the same kind become one piece. */
  constructor(dialect: Dialect, target: CallTarget, joinsPieces = true) {
    this.answer = new WireAnswer(joinsPieces);
    this.#target = target;
    this.#dialect = dialect.createReader(this.answer, target);
    this.#template = new TextTemplate(dialect, target);
    this.#endMarker = dialect.endMarker;
    this.#aws =
      dialect.framing === "aws"
        ? new AwsEventStream(({ headers, payload }) => {
            this.#unread = 0;
            const error = headers.get(":error-code");
            if (error !== undefined) {
              const message = headers.get(":error-message") ?? "";
              this.#readError(JSON.stringify({ error: { code: error, message } }));
              return;
            }
            const name = headers.get(":exception-type") ?? headers.get(":event-type");
            const json = parseJson(payload);
            if (!this.#isTooDeep(json)) this.#dialect.readEvent(json, name);
          })
        : null;
  }

  push(bytes: Uint8Array): void {
    if (this.answer.isClosed || bytes.byteLength === 0) return;
    this.#unread += bytes.byteLength;
    if (this.#unread > maxEventLength) {
      this.answer.fail(badResponse());
      return;
    }
    if (this.#aws !== null && this.#form === "unknown")
      this.#form = textStarts.has(bytes[0] ?? 0) ? "whole" : "events";
    if (this.#aws !== null && this.#form === "events") this.#pushMessages(this.#aws, bytes);
    else this.#pushText(this.#decoder.push(bytes));
  }

  /** Reads what has arrived without an end, and decides what a body means that is no answer. */
  end(): void {
    const { answer } = this;
    if (answer.isClosed) return;
    this.#isEnding = true;
    this.#pushText(this.#decoder.end());
    if (this.#form === "whole") this.#readWhole(this.#texts.join(""));
    else if (this.#form === "events") {
      if (this.#aws === null) this.#parser.feed("\n\n");
      if (!answer.isReadable && answer.error === null) answer.fail(badResponse());
    }
    answer.isClosed = true;
  }

  #pushMessages(stream: AwsEventStream, bytes: Uint8Array): void {
    try {
      stream.push(bytes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.answer.fail(badResponse());
    }
  }

  #pushText(text: string): void {
    if (this.#form === "events") this.#parser.feed(text);
    else if (text !== "") this.#texts.push(text);
    if (this.#form !== "unknown") return;
    const start = this.#texts.join("");
    const first = start.trimStart()[0];
    if (first === undefined) return;
    this.#form = "{[<".includes(first) ? "whole" : "events";
    if (this.#form === "whole") return;
    this.#texts = [];
    this.#parser.feed(start);
  }

  #readWhole(text: string): void {
    const { answer } = this;
    const json = parseJson(text);
    if (this.#isTooDeep(json)) return;
    if (json !== undefined) this.#dialect.readEvent(json);
    if (answer.error !== null) return;
    // A whole response needs no reason for its end.
    if (answer.isReadable) answer.isFinished = true;
    else answer.fail(readWireError(json, this.#target, true) ?? badResponse());
  }

  #readEvent(data: string, event?: string): void {
    const { answer } = this;
    this.#unread = 0;
    if (answer.isClosed) return;
    const text = this.#template.read(data, event);
    if (text !== null) {
      answer.appendText(text);
      return;
    }
    if (data.trim() === this.#endMarker) {
      answer.isReadable = true;
      answer.isFinished = true;
      answer.isClosed = true;
      return;
    }
    if (event === "error") {
      this.#readError(data);
      return;
    }
    const json = parseJson(data);
    if (json !== undefined) {
      if (this.#isTooDeep(json)) return;
      const { textLength } = answer;
      this.#dialect.readEvent(json, event);
      if (answer.textLength > textLength) this.#template.learn(data, event);
      else this.#template.forget();
    } else if (data.includes("\n")) for (const line of data.split("\n")) this.#readEvent(line);
    // Something of the answer may be lost. Other texts are signs of life, and the last event may have been cut off.
    else if (data.startsWith("{") && !this.#isEnding) answer.fail(badResponse());
  }

  #isTooDeep(json: unknown): boolean {
    if (!isTooDeep(json, maxLevels)) return false;
    this.answer.fail(badResponse());
    return true;
  }

  #readError(text: string): void {
    const { answer } = this;
    answer.isReadable = true;
    const json = parseJson(text);
    if (this.#isTooDeep(json)) return;
    const error = readWireError(json, this.#target, true);
    answer.fail(error ?? createTextError(text, this.#target));
  }
}

/** The first byte of a text, where a binary message would begin with its length: white space, a brace, a tag. */
const textStarts: ReadonlySet<number> = new Set(Buffer.from(" \t\r\n{[<"));

function badResponse(): ChatError {
  return new ChatError("BAD_RESPONSE", answerErrors.BAD_RESPONSE.message);
}
