import type { ContentPart } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import type { ChatAttachment } from "../../chat/chat-message.ts";
import { toStorable } from "../../orm/database/storable-text.ts";
import type { ChatLimits } from "../chat-router-options.ts";

/**
 * Turns the text and the attachments of a message into content parts. Only `data:` URLs are accepted, because NodeLLM
 * would read paths and addresses on the server.
 *
 * @returns null for a message without attachments.
 * @throws ChatError `BAD_REQUEST` when an attachment has a type or a size that is not accepted.
 */
export function attachmentParts(
  content: string,
  attachments: readonly ChatAttachment[],
  limits: ChatLimits,
): ContentPart[] | null {
  if (attachments.length === 0) return null;
  if (attachments.length > limits.maxAttachments) {
    throw new ChatError(
      "BAD_REQUEST",
      `A message can have at most ${limits.maxAttachments} attachments. Remove some and send again.`,
    );
  }
  const parts: ContentPart[] = content === "" ? [] : [{ type: "text", text: content }];
  return [...parts, ...attachments.map((attachment) => toPart(attachment, limits))];
}

function toPart({ name, url }: ChatAttachment, limits: ChatLimits): ContentPart {
  const label = name === null ? "The attachment" : `The attachment "${name.slice(0, 100)}"`;
  if (url.length > limits.maxAttachmentChars) {
    throw new ChatError("BAD_REQUEST", `${label} is too large. Send a smaller file.`);
  }
  const header = /^data:([a-z]+\/[a-z0-9.+-]+)(;[^,]*)?,/i.exec(url);
  if (header === null) {
    throw new ChatError(
      "BAD_REQUEST",
      `${label} is not a data: URL. Send the file itself, not its address.`,
    );
  }
  const mediaType = (header[1] ?? "").toLowerCase();
  if (!limits.mediaTypes.some((prefix) => mediaType.startsWith(prefix))) {
    throw new ChatError(
      "BAD_REQUEST",
      `${label} has a type that is not accepted (${mediaType}). Send an image or a text file.`,
    );
  }
  if (mediaType.startsWith("image/")) return { type: "image_url", image_url: { url } };
  const text = decode(url, header[2] ?? "");
  if (text === null || text.includes("\0")) {
    throw new ChatError(
      "BAD_REQUEST",
      `${label} is not text in UTF-8. Send an image, or save the file as UTF-8 text.`,
    );
  }
  return { type: "text", text: `${name ?? "attachment"}:\n${toStorable(text)}` };
}

/** The text in a `data:` URL. Null when it is not percent-encoded correctly. */
function decode(url: string, parameters: string): string | null {
  const data = url.slice(url.indexOf(",") + 1);
  if (parameters.includes(";base64")) return Buffer.from(data, "base64").toString("utf8");
  try {
    return decodeURIComponent(data);
  } catch {
    return null;
  }
}
