import { describe, expect, it } from "vitest";

import { attachmentsOf, encodeUserParts, readInlineFile, userParts } from "./user-content.ts";

const row = (contentRaw: string | null, content = "Hi") => ({ id: "m1", content, contentRaw });
const reference = {
  id: "a1",
  name: "a.png",
  mediaType: "image/png",
  size: 4,
  isStored: false,
};
const image = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw==" } };

describe("userParts", () => {
  it("has none for a message without files", () => {
    expect(userParts(row(null))).toEqual([]);
  });

  it("reads what encodeUserParts has written, without blank text", () => {
    const parts = (content: string) => userParts(row(encodeUserParts(content, [reference])));
    const file = { kind: "reference", file: reference };
    expect(parts(" ")).toEqual([file]);
    expect(parts("Hi")).toEqual([{ kind: "other", part: { type: "text", text: "Hi" } }, file]);
    expect(encodeUserParts("Hi", [])).toBeNull();
  });

  it.each([
    "not JSON",
    "{}",
    "[]",
    "[1]",
    '[{"type":"image_url"}]',
    '[{"type":"text","text":" "}]',
    '[{"type":"attachment"}]',
    '[{"type":"attachment","attachment":{"id":1}}]',
  ])("has none when the column has %s", (raw) => expect(userParts(row(raw))).toEqual([]));

  it("takes parts that other programs have written for files", () => {
    const text = { type: "text", text: "notes.md:\n# Ä" };
    const written = { type: "text", text: "Hi:\nthere" };
    const parts = userParts(row(JSON.stringify([written, image, text]), written.text));
    expect(parts.map((part) => (part.kind === "inline" ? part.file : part.kind))).toEqual([
      "other",
      { id: "m1_1", name: null, mediaType: "image/png", size: 4 },
      { id: "m1_2", name: "notes.md", mediaType: "text/plain", size: 4 },
    ]);
    const read = parts.map((part) => (part.kind === "inline" ? readInlineFile(part.part) : null));
    expect(read).toEqual([null, Buffer.from("iVBORw==", "base64"), Buffer.from("# Ä")]);
  });
});

describe("attachmentsOf", () => {
  it("has no bytes and nothing about the storage", () => {
    const { isStored: _isStored, ...file } = reference;
    const raw = encodeUserParts("Hi", [{ ...reference, isStored: true }]);
    expect(attachmentsOf(row(raw))).toEqual([{ ...file, url: null }]);
  });
});
