/** Files as clients send them. */
export const sampleFiles = {
  /** A picture of one pixel. */
  png: {
    name: "dot.png",
    mediaType: "image/png",
    url: "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  },
  text: { name: "notes.md", mediaType: "text/markdown", url: "data:text/markdown;base64,IyDDhA==" },
  pdf: {
    name: "paper.pdf",
    mediaType: "application/pdf",
    url: `data:application/pdf;base64,${Buffer.from("%PDF-1.7\n%%EOF").toString("base64")}`,
  },
} as const;

/** A text file of a size. */
export function textFile(bytes: number, name = "a.txt") {
  const url = `data:text/plain;base64,${Buffer.alloc(bytes, "a").toString("base64")}`;
  return { name, mediaType: "text/plain", url };
}

/** How many bytes a base64 URL has. */
export function sizeOf({ url }: { readonly url: string }): number {
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64").length;
}
