import { describe, expect, it } from "vitest";

import type { ChatAttachment } from "../../chat/chat-message.ts";
import { defaultLimits } from "../chat-router-options.ts";
import { attachmentParts } from "./attachment-parts.ts";

const file = (url: string, name: string | null = "a.txt"): ChatAttachment => ({
  name,
  mediaType: "",
  url,
});
const png = file("data:image/png;base64,iVBORw==", null);

describe("attachmentParts", () => {
  it("has no parts without attachments", () => {
    expect(attachmentParts("Hello", [], defaultLimits)).toBeNull();
  });

  it("puts the text first, and leaves out an empty one", () => {
    const image = { type: "image_url", image_url: { url: png.url } };
    expect(attachmentParts("See", [png], defaultLimits)).toEqual([
      { type: "text", text: "See" },
      image,
    ]);
    expect(attachmentParts("", [png], defaultLimits)).toEqual([image]);
  });

  it.each([
    ["base64", "data:text/plain;charset=utf-8;base64,w6Rh", "äa"],
    ["percent encoding", "data:text/plain,%C3%A4a", "äa"],
    ["an upper-case type", "data:TEXT/markdown,hi", "hi"],
  ])("decodes a text file in %s", (_title, url, text) => {
    expect(attachmentParts("", [file(url)], defaultLimits)).toEqual([
      { type: "text", text: `a.txt:\n${text}` },
    ]);
  });

  it.each([
    ["a path", file("/etc/passwd"), "is not a data: URL"],
    ["an address", file("https://example.com/a.png"), "is not a data: URL"],
    ["another type", file("data:video/mp4;base64,AAAA"), "type that is not accepted (video/mp4)"],
    ["a wrong percent encoding", file("data:text/plain,%E4"), "is not text in UTF-8"],
    ["a NUL", file("data:text/plain;base64,YQBi"), "is not text in UTF-8"],
    ["a large file", file(`data:text/plain,${"a".repeat(100)}`), '"a.txt" is too large'],
  ])("refuses %s", (_title, attachment, message) => {
    const limits = { ...defaultLimits, maxAttachmentChars: 100 };
    const error = expect.objectContaining({
      code: "BAD_REQUEST",
      message: expect.stringContaining(message),
    });
    expect(() => attachmentParts("", [attachment], limits)).toThrow(error);
  });

  it("refuses more attachments than the limit", () => {
    const limits = { ...defaultLimits, maxAttachments: 1 };
    expect(() => attachmentParts("", [png, png], limits)).toThrow("at most 1 attachments");
  });
});
