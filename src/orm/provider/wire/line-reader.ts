/** Splits a byte stream into lines. */
export class LineReader {
  readonly #decoder = new TextDecoder();
  readonly #onLine: (line: string) => void;
  #rest = "";

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(bytes: Uint8Array): void {
    this.#split(this.#decoder.decode(bytes, { stream: true }));
  }

  /** Passes on what follows the last line break. */
  end(): void {
    this.#split(`${this.#decoder.decode()}\n`);
  }

  #split(text: string): void {
    if (!text.includes("\n")) {
      this.#rest += text;
      return;
    }
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  }
}

/** Looks for the line that ends an event stream, without parsing the stream as its reader does. */
export class EndFinder {
  readonly #end: RegExp;
  readonly #onEnd: () => void;
  #line = "";

  /** @param end a multiline pattern that has only ASCII. */
  constructor(end: RegExp, onEnd: () => void) {
    this.#end = end;
    this.#onEnd = onEnd;
  }

  push({ buffer, byteOffset, byteLength }: Uint8Array): void {
    // In UTF-8, no byte of another character is an ASCII byte, so the text need not be decoded.
    const text = this.#line + Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
    if (this.#end.test(text)) this.#onEnd();
    this.#line = text.slice(text.lastIndexOf("\n") + 1);
  }

  end(): void {
    // Nothing waits: the line is found as soon as it has arrived.
  }
}
