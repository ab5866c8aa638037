import { expect, it } from "vitest";

import { userContent } from "./to-chat-message.ts";

const read = (contentRaw: string | null): unknown => userContent({ content: "Hi", contentRaw });

it("is the text of a message without attachments", () => {
  expect(read(null)).toBe("Hi");
});

it("is the content parts of a message with attachments, without blank text", () => {
  const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
  expect(read(JSON.stringify([{ type: "text", text: " " }, image]))).toEqual([image]);
});

it.each(["not JSON", "{}", "[]", "[1]", '[{"type":"image_url"}]', '[{"type":"text","text":" "}]'])(
  "is the text when the stored parts are %s",
  (raw) => expect(read(raw)).toBe("Hi"),
);
