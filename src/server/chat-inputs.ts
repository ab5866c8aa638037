import { z } from "zod/v4";
import type { JsonValue } from "../chat/chat-message.ts";
import { nulProblem, toStorable } from "../orm/database/storable-text.ts";
import type { ChatLimits } from "./chat-router-options.ts";

const id = z
  .string()
  .regex(
    /^[\w-]{1,128}$/,
    "This is not an id: take it from a chat or message that the server returned.",
  );
const moment = z.iso.datetime({
  offset: true,
  message: "This is not a time: use ISO 8601 with a time zone, like 2026-01-31T00:00:00Z.",
});
/** A text that every database takes and gives back as it is. Half a character becomes U+FFFD. */
const storable = (name: string) =>
  z
    .string()
    .refine((text) => !text.includes("\0"), nulProblem(name))
    .overwrite(toStorable);
const cursor = storable("The cursor").max(300).nullish();

/** The inputs of the procedures. Each error says what is accepted. */
export function chatInputs(limits: ChatLimits) {
  const title = storable("The title")
    .trim()
    .max(
      limits.maxTitleChars,
      `The title is too long: at most ${limits.maxTitleChars} characters.`,
    );
  const instructions = storable("The instructions").max(
    limits.maxInstructionsChars,
    `The instructions are too long: at most ${limits.maxInstructionsChars} characters.`,
  );
  const temperature = z
    .number()
    .min(0, "The temperature is at least 0.")
    .max(2, "The temperature is at most 2.");
  const model = storable("The model's name").min(1).max(200);
  const text = storable("The metadata");
  const json: z.ZodType<JsonValue> = z.lazy(() =>
    z.union([text, z.number(), z.boolean(), z.null(), z.array(json), z.record(text, json)]),
  );
  const attachment = z.object({
    name: storable("The name of the attachment").max(300).nullable(),
    mediaType: z.string().max(200),
    url: z.string(),
  });
  return {
    chat: z.object({ chatId: id }),
    message: z.object({ messageId: id }),
    create: z.object({
      model: model.optional(),
      instructions: instructions.optional(),
      temperature: temperature.optional(),
      title: title.optional(),
      metadata: z.record(text, json).optional(),
    }),
    list: z.object({
      cursor,
      limit: z.int().min(1).max(100).optional(),
      search: z.string().max(200).optional(),
    }),
    update: z.object({
      chatId: id,
      title: title.nullable().optional(),
      model: model.optional(),
      instructions: instructions.nullable().optional(),
      temperature: temperature.nullable().optional(),
    }),
    messages: z.object({ chatId: id, cursor, limit: z.int().min(1).max(200).optional() }),
    send: z.object({
      chatId: id,
      content: storable("The message").max(
        limits.maxPromptChars,
        `The message is too long: at most ${limits.maxPromptChars} characters. Shorten it and send again.`,
      ),
      id: z.uuid("The id of a message must be a UUID.").optional(),
      parentId: id.nullable().optional(),
      attachments: z.array(attachment).optional(),
      model: model.optional(),
    }),
    usage: z.object({
      from: moment.optional(),
      to: moment.optional(),
      groupBy: z.enum(["day", "model", "chat"]),
    }),
    respondToTool: z.object({
      messageId: id,
      toolCallId: storable("The id of the tool call").max(500),
      approved: z.boolean(),
      reason: storable("The reason")
        .max(1_000, "The reason is too long: at most 1,000 characters.")
        .optional(),
    }),
    regenerate: z.object({ messageId: id, model: model.optional() }),
    stream: z.object({ messageId: id, lastEventId: z.string().max(100).nullish() }),
    watch: z.object({ chatId: id, lastEventId: z.string().max(400).nullish() }),
  };
}
