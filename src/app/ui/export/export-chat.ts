import type { ChatMessage } from "node-llm-trpc/react";
import { downloadBlob } from "../controls/download-blob.ts";

export interface ExportedChat {
  readonly title: string;
  readonly model: string | null;
  readonly instructions: string | null;
  readonly messages: readonly ChatMessage[];
}

const speakers: Record<ChatMessage["role"], string> = {
  user: "You",
  assistant: "Assistant",
  system: "System",
  tool: "Tool",
};

/** Formats the active branch as a Markdown document. */
export function toMarkdown({ title, instructions, messages }: ExportedChat): string {
  const sections = messages.map((message) => {
    const end = endOf(message);
    const isAnswer = message.role === "assistant" && message.model !== null;
    const notes = [
      ...message.attachments.map(({ name, mediaType }) => `- File: ${name ?? mediaType}`),
      ...message.toolCalls.map(
        (call) => `- Tool: \`${call.name}\` ${JSON.stringify(call.arguments)}`,
      ),
    ];
    return [
      `## ${speakers[message.role]}${isAnswer ? ` · ${message.model}` : ""}${end === null ? "" : ` (${end})`}`,
      notes.join("\n"),
      message.content,
    ]
      .filter((part) => part !== "")
      .join("\n\n");
  });
  const head = instructions === null ? [] : [`> ${instructions.replaceAll("\n", "\n> ")}`];
  return `${[`# ${title}`, ...head, ...sections].join("\n\n")}\n`;
}

/** How a message ended; null when it is whole. */
function endOf({ status, finishReason }: ChatMessage): string | null {
  if (status !== "complete") return status;
  if (finishReason === "length") return "cut off";
  return finishReason === "content_filter" ? "filtered" : null;
}

/** Formats the active branch as JSON, with every field of each message. */
export function toJson(chat: ExportedChat): string {
  return `${JSON.stringify(chat, null, 2)}\n`;
}

/** Turns a title into a file name. */
export function fileName(title: string, extension: string): string {
  const base = title
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60)
    .toLowerCase();
  return `${base === "" ? "chat" : base}.${extension}`;
}

/** Downloads a text as a file. */
export function download(name: string, text: string, mediaType: string): void {
  downloadBlob(name, new Blob([text], { type: `${mediaType};charset=utf-8` }));
}
