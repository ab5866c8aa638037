import { TextLog } from "../../shared/text-log.ts";

/** A part of an answer that is still being produced. */
export class GrowingPart {
  readonly type: "text" | "thinking";
  signature: string | null = null;
  readonly #text = new TextLog();

  constructor(type: "text" | "thinking", text: string) {
    this.type = type;
    this.#text.append(text);
  }

  append(text: string): void {
    this.#text.append(text);
  }

  get text(): string {
    return this.#text.toString();
  }
}
