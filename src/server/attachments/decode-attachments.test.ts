import { describe, expect, it } from "vitest";
import { SeededRandom } from "../../../test/support/seeded-random.ts";
import { ChatError } from "../../chat/chat-error.ts";
import { filePart } from "../../orm/provider/file-parts.ts";
import { defaultLimits } from "../chat-router-options.ts";
import { decodeAttachments } from "./decode-attachments.ts";

const png = "iVBORw0KGgo=";
const decode = (url: string, name: string | null = "a.txt", limits = {}) =>
  decodeAttachments([{ name, url }], { ...defaultLimits, ...limits })[0];
const refused = (message: string) =>
  expect.objectContaining({ code: "BAD_REQUEST", message: expect.stringContaining(message) });

describe("decodeAttachments", () => {
  it.each([
    ["base64", "data:text/plain;charset=utf-8;base64,w6Rh", "text/plain", "äa"],
    ["percent encoding", "data:text/markdown,%C3%A4a", "text/markdown", "äa"],
    ["text as it is", "data:text/csv,ä;b", "text/csv", "ä;b"],
  ])("decodes %s", (_title, url, mediaType, text) => {
    expect(decode(url)).toEqual({ name: "a.txt", mediaType, data: Buffer.from(text) });
  });

  it("takes the type of an image from its bytes", () => {
    expect(decode(`data:image/jpeg;base64,${png}`, null)).toEqual({
      name: null,
      mediaType: "image/png",
      data: Buffer.from(png, "base64"),
    });
  });

  it.each([
    ["a path", "/etc/passwd", "is not a data: URL"],
    ["an address", "https://example.com/a.png", "is not a data: URL"],
    ["a scheme in upper case", `Data:image/png;base64,${png}`, "is not a data: URL"],
    ["a path behind one", "Data:image/png,/../../../secret.pdf", "is not a data: URL"],
    ["a type in upper case", `data:IMAGE/PNG;base64,${png}`, "is not a data: URL"],
    ["no type", "data:,Hi", "is not a data: URL"],
    ["no comma", "data:text/plain;base64", "is not a data: URL"],
    ["a late comma", `data:text/plain;a=${"a".repeat(300)},Hi`, "is not a data: URL"],
    ["a longer type", `data:image/png.svg+xml;base64,${png}`, "not accepted (image/png.svg+xml)"],
    ["SVG", "data:image/svg+xml,<svg/>", "not accepted (image/svg+xml)"],
    ["HTML", "data:text/html,<b>Hi</b>", "not accepted (text/html)"],
    ["video", "data:video/mp4;base64,AAAA", "not accepted (video/mp4)"],
    ["a text as an image", "data:image/png;base64,SGk=", "is not what its type says (image/png)"],
    ["an image as a PDF file", `data:application/pdf;base64,${png}`, "is not what its type says"],
    ["an image as text", `data:text/plain;base64,${png}`, "is not text in UTF-8"],
    ["a NUL", "data:text/plain,a%00b", "is not text in UTF-8"],
    ["a wrong percent encoding", "data:text/plain,%E4", "data: URL that is not valid"],
    ["other characters in base64", "data:text/plain;base64,SG k=", "data: URL that is not valid"],
    ["base64 for URLs", "data:text/plain;base64,_-_-", "data: URL that is not valid"],
    ["base64 without padding", "data:text/plain;base64,SGk", "data: URL that is not valid"],
    ["an empty file", "data:text/plain,", "is empty"],
  ])("refuses %s", (_title, url, message) => {
    expect(() => decode(url)).toThrow(refused(message));
  });

  it("never passes a character of the URL on, whatever it is", () => {
    const random = new SeededRandom("attachments");
    const starts = [
      "data:",
      "Data:",
      ...["image/png", "text/plain"].flatMap((type) => [`data:${type};base64,`, `data:${type},`]),
    ];
    const pieces = [...starts, "image/png", "text/plain", "application/pdf", ";", "base64"];
    const rebuilt = /^data:(image\/png|application\/pdf);base64,[A-Za-z0-9+/]+=*$/;
    let accepted = 0;
    pieces.push(",", png, "../../etc/passwd", "http://", "%41", "=", " ", "\n", "\0", "é", ";a=b");
    for (let count = 0; count < 20_000; count++) {
      const length = random.between(1, 8);
      const rest = Array.from({ length }, () => random.pick(pieces)).join("");
      const url = random.pick(starts) + rest;
      try {
        const [file] = decodeAttachments([{ name: url, url }], defaultLimits);
        if (file === undefined) throw new Error("No file.");
        const part = filePart({ ...file, size: file.data.length }, file.data);
        if (part.type === "text") expect(file.mediaType).toMatch(/^text\/plain$/);
        else expect(part).toMatchObject({ image_url: { url: expect.stringMatching(rebuilt) } });
        accepted++;
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
        expect(error.code).toBe("BAD_REQUEST");
      }
    }
    expect(accepted).toBeGreaterThan(20);
  });

  it("refuses by size before it decodes", () => {
    const limits = { maxAttachmentBytes: 100, maxMessageAttachmentBytes: 150 };
    const base64 = (bytes: number): string => Buffer.alloc(bytes, "a").toString("base64");
    const text = (bytes: number): string => `data:text/plain;base64,${base64(bytes)}`;
    expect(decode(text(100), null, limits)?.data).toHaveLength(100);
    expect(() => decode(text(101), null, limits)).toThrow(
      refused("is too large: at most 100 bytes"),
    );
    // It would be refused for its characters if it were decoded.
    const broken = `data:text/plain;base64,${"*".repeat(200)}`;
    expect(() => decode(broken, null, limits)).toThrow(refused("is too large"));
    const two = [100, 51].map((bytes) => ({ name: null, url: text(bytes) }));
    expect(() => decodeAttachments(two, { ...defaultLimits, ...limits })).toThrow(
      refused("at most 150 bytes together"),
    );
  });

  it.each([
    ["as it is", "Bericht über 2026.pdf", "Bericht über 2026.pdf"],
    ["without lines", "a\r\nb\u2028.txt", "a b .txt"],
    ["without what turns text around", "\u202Etxt.exe", "txt.exe"],
    ["without halves of characters", "a\uD800.txt", "a\uFFFD.txt"],
    ["as none when it is blank", " \t", null],
  ])("keeps a name %s", (_title, given, name) => {
    expect(decode("data:text/plain,Hi", given)?.name).toBe(name);
  });
});
