import type { ByteSink, ByteSource } from "./byte-source.ts";

/** Reads a body as `fetch` gives it, where nobody can take its bytes from the connection. */
export class BodySource implements ByteSource {
  readonly #body: ReadableStreamDefaultReader<Uint8Array>;
  #sink: ByteSink | null = null;
  #isPaused = false;

  constructor(body: ReadableStream<Uint8Array>) {
    this.#body = body.getReader();
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  open(sink: ByteSink): void {
    this.#sink = sink;
    this.#read();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#read();
  }

  close(): void {
    this.#sink = null;
    this.#body.cancel().catch(() => undefined); // A broken connection is closed already.
  }

  #read(): void {
    this.#body.read().then(this.#onRead, (error: unknown) => this.#sink?.onError(error));
  }

  readonly #onRead = ({ value, done }: ReadableStreamReadResult<Uint8Array>): void => {
    const sink = this.#sink;
    if (sink === null) return;
    if (done) sink.onEnd();
    else if (sink.onBytes(value)) this.#read();
    else this.#isPaused = true;
  };
}
