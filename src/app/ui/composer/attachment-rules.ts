/** The demo's limits, a little stricter than the router's. */
export const maxFiles = 10;
const megabyte = 1_000_000;
const maxImageBytes = 4 * megabyte;
const maxPdfBytes = 4 * megabyte;
const maxTextBytes = megabyte / 2;

const imageTypes = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** Text files to which browsers give another type, or none. */
const textNames =
  /\.(txt|md|mdx|csv|tsv|log|json|jsonl|ya?ml|toml|ini|env|xml|html?|css|scss|[cm]?[jt]sx?|py|rb|rs|go|java|kt|swift|c|h|cpp|hpp|cs|php|sh|sql|prisma|graphql|diff|patch)$/i;

export interface FileFacts {
  readonly name: string;
  readonly type: string;
  /** Bytes. */
  readonly size: number;
}

export type FileCheck =
  | { readonly ok: true; readonly mediaType: string }
  | { readonly ok: false; readonly problem: string };

/** Checks whether a file can be attached. If not, `problem` is a message for the user. */
export function checkFile({ name, type, size }: FileFacts): FileCheck {
  const label = `“${name}”`;
  if (imageTypes.has(type)) {
    return size > maxImageBytes
      ? refuse(`${label} is ${megabytes(size)}. Images can be up to ${megabytes(maxImageBytes)}.`)
      : { ok: true, mediaType: type };
  }
  if (type === "application/pdf") {
    return size > maxPdfBytes
      ? refuse(`${label} is ${megabytes(size)}. PDF files can be up to ${megabytes(maxPdfBytes)}.`)
      : { ok: true, mediaType: type };
  }
  const isText = type.startsWith("text/") || type === "application/json" || textNames.test(name);
  if (!isText || type.startsWith("image/")) {
    return refuse(
      `${label} isn’t supported. You can attach images (PNG, JPEG, GIF, WebP), PDF and text files.`,
    );
  }
  if (size === 0) return refuse(`${label} is empty.`);
  return size > maxTextBytes
    ? refuse(`${label} is ${megabytes(size)}. Text files can be up to ${megabytes(maxTextBytes)}.`)
    : { ok: true, mediaType: type === "application/json" ? type : "text/plain" };
}

function refuse(problem: string): FileCheck {
  return { ok: false, problem };
}

function megabytes(bytes: number): string {
  return `${(bytes / megabyte).toFixed(1)} MB`;
}
