/** A message of an AWS event stream. */
export interface AwsMessage {
  /** The headers with a text as their value, such as `:event-type`. */
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: string;
}

/** Larger ones are not sent: https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html. */
const maxLength = 16 * 1_048_576;
const preludeLength = 12;
const checksumLength = 4;

/**
 * Splits a stream into its messages. The checksums are not compared: the connection has checked the bytes.
 *
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html
 */
export class AwsEventStream {
  readonly #onMessage: (message: AwsMessage) => void;
  #pieces: Uint8Array[] = [];
  #length = 0;
  /** The length of the message that is arriving; 0 when that is not known yet. */
  #needed = 0;

  constructor(onMessage: (message: AwsMessage) => void) {
    this.#onMessage = onMessage;
  }

  /** @throws RangeError when the bytes are no event stream. */
  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#length += bytes.byteLength;
    while (this.#length >= Math.max(preludeLength, this.#needed)) {
      const all = this.#join();
      this.#needed = all.readUInt32BE(0);
      if (this.#needed < preludeLength + checksumLength || this.#needed > maxLength)
        throw new RangeError("The response is no event stream.");
      if (this.#length < this.#needed) return;
      const message = all.subarray(0, this.#needed);
      this.#pieces = [all.subarray(this.#needed)];
      this.#length -= this.#needed;
      this.#needed = 0;
      this.#onMessage(readMessage(message));
    }
  }

  /** Copies nothing when the bytes are in one piece, as those of many messages in one packet are. */
  #join(): Buffer {
    const [first, second] = this.#pieces;
    if (first !== undefined && second === undefined)
      return Buffer.from(first.buffer, first.byteOffset, first.byteLength);
    const all = Buffer.concat(this.#pieces, this.#length);
    this.#pieces = [all];
    return all;
  }
}

function readMessage(message: Buffer): AwsMessage {
  const headersEnd = preludeLength + message.readUInt32BE(4);
  const headers = new Map<string, string>();
  for (let at = preludeLength; at < headersEnd;) {
    const nameEnd = at + 1 + message.readUInt8(at);
    const name = message.toString("utf8", at + 1, nameEnd);
    const type = message.readUInt8(nameEnd);
    const hasLength = type === bytesType || type === textType;
    const start = nameEnd + (hasLength ? 3 : 1);
    const length = hasLength ? message.readUInt16BE(nameEnd + 1) : (valueLengths[type] ?? 0);
    if (type === textType) headers.set(name, message.toString("utf8", start, start + length));
    at = start + length;
  }
  return {
    headers,
    payload: message.toString("utf8", headersEnd, message.length - checksumLength),
  };
}

const bytesType = 6;
const textType = 7;
/** The lengths of the values of the other types: true, false, byte, short, integer, long, timestamp, UUID. */
const valueLengths: readonly number[] = [0, 0, 1, 2, 4, 8, 0, 0, 8, 16];
