import { describe, expect, it } from "vitest";
import { checkFile } from "./attachment-rules.ts";

describe("checkFile", () => {
  it("accepts images, PDF files and text", () => {
    for (const mediaType of ["image/png", "application/pdf"])
      expect(checkFile({ name: "a", type: mediaType, size: 10 })).toEqual({ ok: true, mediaType });
    for (const [name, type] of [
      ["notes.md", "text/markdown"],
      ["notes.md", ""],
      ["main.ts", "video/mp2t"],
      ["script.js", "application/javascript"],
    ] as const) {
      expect(checkFile({ name, type, size: 10 })).toEqual({ ok: true, mediaType: "text/plain" });
    }
  });

  it("says why it rejects a file", () => {
    expect(checkFile({ name: "a.zip", type: "application/zip", size: 10 })).toMatchObject({
      problem: expect.stringContaining("“a.zip” isn’t supported"),
    });
    expect(checkFile({ name: "a.pdf", type: "application/pdf", size: 6_000_000 })).toMatchObject({
      problem: "“a.pdf” is 6.0 MB. PDF files can be up to 4.0 MB.",
    });
    expect(checkFile({ name: "a.svg", type: "image/svg+xml", size: 10 }).ok).toBe(false);
    expect(checkFile({ name: "a.png", type: "image/png", size: 6_000_000 })).toMatchObject({
      problem: "“a.png” is 6.0 MB. Images can be up to 4.0 MB.",
    });
    expect(checkFile({ name: "a.csv", type: "text/csv", size: 600_000 })).toMatchObject({
      problem: "“a.csv” is 0.6 MB. Text files can be up to 0.5 MB.",
    });
    expect(checkFile({ name: "a.txt", type: "text/plain", size: 0 }).ok).toBe(false);
  });
});
