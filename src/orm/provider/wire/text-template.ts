import { randomUUID } from "node:crypto";
import { parseJson } from "../../../shared/json-value.ts";
import type { Dialect } from "./dialect.ts";
import { WireAnswer } from "./wire-answer.ts";
import type { CallTarget } from "./wire-error.ts";

/** How many times in a row a template may be learned in vain: some servers put something new into each event. */
const maxAttempts = 4;
/** A template is kept as long as the answer is open. */
const maxLength = 10_000;
/** A text that no provider knows. */
const probe = randomUUID();

/** What an event says around its text. */
interface Template {
  readonly event: string | undefined;
  readonly before: string;
  readonly after: string;
}

/**
 * Reads an event that differs from the one before only in its text, as nearly all events of a stream do, without
 * parsing it.
 *
 * A template is what stands around the text of an event. It is taken only when the dialect, which reads the event with
 * another text in its place, finds that text and nothing else. So whatever text stands there, the event says that text.
 */
export class TextTemplate {
  readonly #dialect: Dialect;
  readonly #target: CallTarget;
  #template: Template | null = null;
  #attempts = 0;

  constructor(dialect: Dialect, target: CallTarget) {
    this.#dialect = dialect;
    this.#target = target;
  }

  /** Returns the text of an event that has the template; null for any other. */
  read(data: string, event: string | undefined): string | null {
    const template = this.#template;
    if (template === null || template.event !== event) return null;
    const { before, after } = template;
    const isLongEnough = data.length >= before.length + after.length;
    if (!isLongEnough || !data.startsWith(before) || !data.endsWith(after)) return null;
    // What follows a quotation mark in the text is not of the text, and no JSON.
    const text = parseJson(`"${data.slice(before.length, data.length - after.length)}"`);
    if (typeof text !== "string") return null;
    this.#attempts = 0;
    return text;
  }

  /** Learns from an event with a text, which the dialect has read. */
  learn(data: string, event: string | undefined): void {
    this.forget();
    if (this.#attempts >= maxAttempts || data.length > maxLength) return;
    this.#attempts++;
    const text = this.#textOf(data, event);
    if (text === null || JSON.stringify(text) !== `"${text}"`) return;
    const at = data.indexOf(`"${text}"`) + 1;
    if (at === 0) return;
    const [before, after] = [data.slice(0, at), data.slice(at + text.length)];
    if (this.#textOf(before + probe + after, event) === probe)
      this.#template = {
        event: event === undefined ? undefined : copyOf(event),
        before: copyOf(before),
        after: copyOf(after),
      };
  }

  /** After an event of another kind, what the next one says may depend on that. */
  forget(): void {
    this.#template = null;
  }

  /** The text of an event that says nothing else; null for any other. */
  #textOf(data: string, event: string | undefined): string | null {
    const answer = new WireAnswer();
    this.#dialect.createReader(answer, this.#target).readEvent(parseJson(data), event);
    return answer.onlyText;
  }
}

/** A part of a text keeps all of it in memory, which can be much of a stream. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}
