import type { AwsEvent } from "../providers/formats/bedrock-format.ts";
import { frameAwsMessage, textHeader } from "../providers/formats/bedrock-format.ts";

/** Ways to frame a message that a reader has to take for the plain one. */
export const awsFramings: Readonly<Record<string, (event: AwsEvent) => Uint8Array>> = {
  "the headers in another order": ({ kind, type, payload }) =>
    frameAwsMessage(
      [
        textHeader(":message-type", kind),
        textHeader(":content-type", "application/json"),
        textHeader(`:${kind}-type`, type),
      ],
      payload,
    ),
  "headers of every type": ({ kind, type, payload }) =>
    frameAwsMessage(
      [...otherHeaders, textHeader(`:${kind}-type`, type), textHeader(":message-type", kind)],
      payload,
    ),
  "fields in another order and unknown ones": ({ kind, type, payload }) =>
    frameAwsMessage(
      [textHeader(`:${kind}-type`, type), textHeader(":message-type", kind)],
      Object.fromEntries([["x", null], ...Object.entries(payload).toReversed(), ["y", [{}]]]),
    ),
};

/** The types of https://smithy.io/2.0/aws/amazon-eventstream.html: booleans, numbers, bytes, a time and a UUID. */
const otherHeaders: readonly Uint8Array[] = [
  ...[0, 0, 1, 2, 4, 8].map((length, type) => header(`x-${type}`, type, Buffer.alloc(length, 1))),
  header("x-bytes", 6, Buffer.of(0, 3, 9, 9, 9)),
  header("x-time", 8, Buffer.alloc(8, 1)),
  header("x-uuid", 9, Buffer.alloc(16, 1)),
];

function header(name: string, type: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.of(type), value]);
}
