import type { SseEvent } from "../providers/formats/model-answer.ts";

/** A way to write events that a reader has to take for the plain one. */
export type SseFraming = (events: readonly SseEvent[]) => Uint8Array;

/** How one event is written. */
interface EventStyle {
  /** The end of line `index` of the stream. */
  readonly lineEnd?: (index: number) => string;
  /** What stands between the colon and the value. */
  readonly space?: string;
  /** Lines before the event's own. */
  readonly before?: readonly string[];
  /** Lines between the event's own. */
  readonly between?: readonly string[];
  /** Lines after the event's own, before the blank one. */
  readonly after?: readonly string[];
  /** What is between two events. */
  readonly filler?: readonly string[];
  /** Writes the data over several lines, where it is JSON. */
  readonly isTall?: boolean;
}

const mixedEnds = ["\n", "\r\n", "\r", "\r\n", "\r", "\n", "\n"];

/** https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream */
export const sseFramings: Readonly<Record<string, SseFraming>> = {
  LF: styled({}),
  CRLF: styled({ lineEnd: () => "\r\n" }),
  CR: styled({ lineEnd: () => "\r" }),
  "LF, CRLF and CR in turn": styled({
    lineEnd: (index) => mixedEnds[index % mixedEnds.length] ?? "",
  }),
  "no space after the colon": styled({ space: "" }),
  "comments before, between and after the lines": styled({
    before: [": keep-alive", ":"],
    between: [":data: no"],
    after: [": event: error"],
  }),
  "comments and blank lines between events": styled({
    filler: [": ping", "", ": ping", "", "", ""],
  }),
  "id, retry, an unknown field and a field without a colon": styled({
    before: ["id: 7", "retry: 1000", "unknown: value", "unknown"],
    after: ["id:", "colon"],
  }),
  "events without data": styled({ filler: ["data", "", "data:", "", "id: 8", ""] }),
  "data over several lines": styled({ isTall: true }),
  "data over several lines, CRLF": styled({ isTall: true, lineEnd: () => "\r\n" }),
  "a byte order mark": (events) => joined(byteOrderMark, styled({})(events)),
  "no blank line at the end": (events) => withoutEnd(styled({})(events), 1),
  "no line end at the end": (events) => withoutEnd(styled({})(events), 2),
  "all of it": (events) =>
    joined(
      byteOrderMark,
      withoutEnd(
        styled({
          lineEnd: () => "\r\n",
          space: "",
          before: [":", "id:1"],
          between: [":"],
          filler: [":x", "", "data", ""],
          isTall: true,
        })(events),
        4,
      ),
    ),
};

/** Ways to cut the bytes of a stream into packets. */
export const packetings: Readonly<Record<string, (bytes: Uint8Array) => readonly Uint8Array[]>> = {
  "one packet": (bytes) => [bytes],
  "a packet for each byte": (bytes) => Array.from(bytes, (byte) => Uint8Array.of(byte)),
  "seven bytes at a time": (bytes) =>
    Array.from({ length: Math.ceil(bytes.length / 7) }, (_, index) =>
      bytes.subarray(index * 7, index * 7 + 7),
    ),
  "with empty packets": (bytes) => [
    new Uint8Array(),
    bytes.subarray(0, 1),
    new Uint8Array(),
    bytes.subarray(1),
    new Uint8Array(),
  ],
};

/** Writes events in one style. */
function styled(style: EventStyle): SseFraming {
  const { before = [], between = [], after = [], filler = [], space = " " } = style;
  const { lineEnd = () => "\n", isTall = false } = style;
  return (events) => {
    let text = "";
    let count = 0;
    const line = (content: string): void => {
      let end = lineEnd(count++);
      // A blank line that ends with LF would be the second half of a CRLF.
      if (content === "" && end.startsWith("\n") && text.endsWith("\r")) end = "\r";
      text += content + end;
    };
    for (const event of events) {
      for (const content of filler) line(content);
      for (const content of before) line(content);
      for (const content of linesOf(event, space, isTall)) {
        line(content);
        for (const more of between) line(more);
      }
      for (const content of after) line(content);
      line("");
    }
    return Buffer.from(text);
  };
}

function linesOf({ event, data }: SseEvent, space: string, isTall: boolean): readonly string[] {
  const isJson = data.startsWith("{");
  const tall = isTall && isJson ? JSON.stringify(JSON.parse(data), null, 1) : data;
  return [
    ...(event === undefined ? [] : [`event:${space}${event}`]),
    // The rest of an indented line begins with a space, which the reader must not take for the one after the colon.
    ...tall.split("\n").map((part) => `data:${space}${part}`),
  ];
}

const byteOrderMark = Uint8Array.of(0xef, 0xbb, 0xbf);

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

function withoutEnd(bytes: Uint8Array, count: number): Uint8Array {
  return bytes.subarray(0, bytes.length - count);
}
