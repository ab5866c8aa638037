import type { ContentPart, Provider, ProviderCapabilities } from "@node-llm/core";
import { ModelRegistry } from "@node-llm/core";
import { toStorable } from "../../chat/storable-text.ts";
import { isTextFile } from "../usage/estimate-tokens.ts";
import { providerFacts } from "./provider-facts.ts";

/** What a provider is told about a file. */
export interface FileFacts {
  readonly name: string | null;
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
}

const pdf = "application/pdf";

/** A file of a part. */
interface PartFile extends FileFacts {
  /** Whether what is known about the model is to be ignored. */
  readonly assumeModelExists: boolean;
}

/** A symbol property survives hooks that copy a part, but is not sent to a provider. */
const fileKey = Symbol("node-llm-trpc.file");

type MarkedPart = ContentPart & { readonly [fileKey]?: PartFile };

/** A file as core takes it: a text, or a `data:` URL, for which core reads no address or path. */
export function filePart(
  file: FileFacts,
  data: Uint8Array,
  assumeModelExists = false,
): ContentPart {
  const { name, mediaType } = file;
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (isTextFile(mediaType))
    return { type: "text", text: `${name ?? "attachment"}:\n${toStorable(bytes.toString())}` };
  const url = `data:${mediaType};base64,${bytes.toString("base64")}`;
  return markFile({ type: "image_url", image_url: { url } }, { ...file, assumeModelExists });
}

/** Remembers which file a part is, so that a model that cannot read it gets its name instead. */
export function markFile(
  part: ContentPart,
  { name, mediaType, size, ...rest }: PartFile,
): ContentPart {
  const marked: MarkedPart = { ...part, [fileKey]: { name, mediaType, size, ...rest } };
  return marked;
}

/** Why a file that belongs to the history is not sent. */
export type MissingFile = "too old" | "unreadable" | "lost";

const reasons: { readonly [Reason in MissingFile]: string } = {
  "too old": "It was sent earlier in this conversation and is no longer shown to you.",
  unreadable: "You cannot read files of this type.",
  lost: "It no longer exists.",
};

/** What the model is told in place of a file. */
export function missingFilePart(
  { name, mediaType, size }: FileFacts,
  why: MissingFile,
): ContentPart {
  const label = name === null ? "A file" : `The file "${name}"`;
  const text = `(${label}, ${mediaType}, ${size} bytes, was attached here. ${reasons[why]})`;
  return { type: "text", text };
}

/** Who is to read a file. */
export interface FileReader {
  /** Undefined when none is set up. */
  readonly provider: Pick<Provider, "id" | "capabilities"> | undefined;
  /** Null when it is not known. */
  readonly model: string | null;
  /** Whether what is known about the model is to be ignored. */
  readonly assumeModelExists: boolean;
}

/** Whether a model can read a file, as far as this package and core know. */
export function canRead(
  { provider, model, assumeModelExists }: FileReader,
  mediaType: string,
): boolean {
  if (isTextFile(mediaType) || provider === undefined) return true;
  if (mediaType === pdf && providerFacts(provider.id).pdf === "none") return false;
  if (model === null || assumeModelExists || provider.capabilities === undefined) return true;
  return readsImages(provider.capabilities, model);
}

/**
 * Whether a model reads images, or may read them for all that is known. Core goes by a list of capabilities alone, which
 * is empty for many models that read them.
 */
export function readsImages(capabilities: ProviderCapabilities, model: string): boolean {
  const known = ModelRegistry.find(model);
  const isListed = known?.modalities.input.includes("image");
  return isListed !== false || capabilities.supportsVision(model);
}

/**
 * A part as the model can read it: in the form of the provider's API, where core passes it on as it is and has no form
 * of its own, or named in words.
 */
export function toWireFile(part: MarkedPart, provider: Provider, model: string): ContentPart {
  const file = part[fileKey];
  if (file !== undefined && !canRead({ provider, model, ...file }, file.mediaType))
    return missingFilePart(file, "unreadable");
  if (part.type !== "image_url" || !part.image_url.url.startsWith(`data:${pdf};`)) return part;
  const { url } = part.image_url;
  const form = providerFacts(provider.id).pdf;
  const name = file?.name ?? "file.pdf";
  const json =
    form === "file"
      ? { type: "file", file: { filename: name, file_data: url } }
      : form === "document_url"
        ? { type: "document_url", document_url: url, document_name: name }
        : null;
  if (json === null) return part;
  return Object.defineProperty({ ...part }, "toJSON", { value: () => json });
}
