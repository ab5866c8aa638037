import { z } from "zod/v4";
import type { JsonValue } from "../chat/chat-message.ts";
import { nulProblem, toStorable } from "../orm/database/storable-text.ts";
import type { ChatLimits } from "./chat-router-options.ts";
import { invalidCursor } from "./errors.ts";

const id = z
  .string()
  .regex(
    /^[\w-]{1,128}$/,
    "This is not an id. Use the id of a chat or message that the server returned.",
  );
const time = z.iso.datetime({
  offset: true,
  message: "This is not a time. Use ISO 8601 with a time zone, such as 2026-01-31T00:00:00Z.",
});
/** A text that every database stores and returns unchanged. A lone surrogate becomes U+FFFD. */
const storable = (name: string) =>
  z
    .string()
    .refine((text) => !text.includes("\0"), nulProblem(name))
    .overwrite(toStorable);
const cursor = storable("The cursor").max(300, invalidCursor().message).nullish();
const limit = (max: number) => {
  const message = `The limit must be a whole number from 1 to ${max}.`;
  return z.int(message).min(1, message).max(max, message).optional();
};

/** Creates the input validators of the procedures. Each error message says what is accepted. */
export function chatInputs(limits: ChatLimits) {
  const { maxTitleChars, maxInstructionsChars, maxPromptChars } = limits;
  const title = storable("The title")
    .trim()
    .max(maxTitleChars, `The title is too long: at most ${maxTitleChars} characters.`);
  const instructions = storable("The instructions").max(
    maxInstructionsChars,
    `The instructions are too long: at most ${maxInstructionsChars} characters.`,
  );
  const temperature = z
    .number("The temperature must be a number from 0 to 2.")
    .min(0, "The temperature must be at least 0.")
    .max(2, "The temperature must be at most 2.");
  const model = storable("The name of the model")
    .min(1, "The name of the model is empty.")
    .max(200, "The name of the model is too long: at most 200 characters.");
  const text = storable("The metadata");
  const json: z.ZodType<JsonValue> = z.lazy(() =>
    z.union([text, z.number(), z.boolean(), z.null(), z.array(json), z.record(text, json)]),
  );
  const attachment = z.object({
    name: storable("The name of the attachment")
      .max(300, "The name of the attachment is too long: at most 300 characters.")
      .nullable(),
    mediaType: z
      .string()
      .max(200, "The media type of the attachment is too long: at most 200 characters."),
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
      limit: limit(100),
      search: z.string().max(200, "The search is too long: at most 200 characters.").optional(),
    }),
    update: z.object({
      chatId: id,
      title: title.nullable().optional(),
      model: model.optional(),
      instructions: instructions.nullable().optional(),
      temperature: temperature.nullable().optional(),
    }),
    messages: z.object({ chatId: id, cursor, limit: limit(200) }),
    send: z.object({
      chatId: id,
      content: storable("The message").max(
        maxPromptChars,
        `The message is too long: at most ${maxPromptChars} characters. Shorten it and send again.`,
      ),
      id: z.uuid("The id of a message must be a UUID.").optional(),
      parentId: id.nullable().optional(),
      attachments: z.array(attachment).optional(),
      model: model.optional(),
    }),
    usage: z.object({
      from: time.optional(),
      to: time.optional(),
      groupBy: z.enum(["day", "model", "chat", "scope"]),
    }),
    respondToTool: z.object({
      messageId: id,
      toolCallId: storable("The id of the tool call").max(
        500,
        "The id of the tool call is too long: at most 500 characters.",
      ),
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
