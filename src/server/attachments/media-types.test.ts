import { describe, expect, it } from "vitest";

import type { AttachmentMediaType } from "./media-types.ts";
import { attachmentMediaTypes, checkMediaTypes, mediaTypeOf } from "./media-types.ts";

const bytes = (latin1: string): Uint8Array => Buffer.from(latin1, "latin1");
const samples: { readonly [Type in AttachmentMediaType]: Uint8Array } = {
  "image/png": bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
  "image/jpeg": bytes("\xff\xd8\xff\xe0\0\x10JFIF"),
  "image/gif": bytes("GIF89a\x01\0\x01\0"),
  "image/webp": bytes("RIFF\x24\0\0\0WEBPVP8 "),
  "application/pdf": bytes("%PDF-1.7\n%\xe2\xe3\xcf\xd3"),
  "text/plain": Buffer.from("Ein Text über Größe"),
  "text/markdown": Buffer.from("# Überschrift"),
  "text/csv": Buffer.from("a;b\n1;ä"),
  "application/json": Buffer.from('{"a":"ä"}'),
};
const isText = (type: string): boolean => type.startsWith("text/") || type === "application/json";

describe("mediaTypeOf", () => {
  it("compares each type with the bytes of every other", () => {
    for (const declared of attachmentMediaTypes) {
      for (const actual of attachmentMediaTypes) {
        const sameKind =
          (isText(declared) && isText(actual)) ||
          (declared.startsWith("image/") && actual.startsWith("image/")) ||
          declared === actual;
        // Between texts the declared type counts, between images the bytes.
        const expected = sameKind ? (isText(declared) ? declared : actual) : null;
        expect(mediaTypeOf(samples[actual], declared), `${actual} as ${declared}`).toBe(expected);
      }
    }
  });

  it.each([
    ["no bytes", ""],
    ["half of a signature", "\x89P"],
    ["another format", "BM\x36\0"],
    ["a text", "<svg onload=alert(1)>"],
    ["a signature that does not begin the file", " \x89PNG\r\n\x1a\n"],
  ])("refuses %s as an image and as a PDF file", (_name, latin1) => {
    expect(mediaTypeOf(bytes(latin1), "image/png")).toBeNull();
    expect(mediaTypeOf(bytes(latin1), "application/pdf")).toBeNull();
  });

  it.each([
    ["a NUL", "a\0b"],
    ["Latin-1", "gr\xfc\xdfe"],
    ["an overlong form", "\xc0\xaf"],
    ["half of a character", "\xe2\x82"],
  ])("refuses %s as text", (_name, latin1) => {
    expect(mediaTypeOf(bytes(latin1), "text/plain")).toBeNull();
    expect(mediaTypeOf(bytes(latin1), "application/json")).toBeNull();
  });
});

describe("checkMediaTypes", () => {
  it("accepts a part of the known types, and refuses any other", () => {
    checkMediaTypes(["image/png"]);
    expect(() => checkMediaTypes(["text/"])).toThrow('`limits.mediaTypes` has "text/"');
  });
});
