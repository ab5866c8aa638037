import { z } from "zod/v4";
import type { Metadata } from "../../chat/chat-summary.ts";
import { nulProblem, toStorable } from "../../chat/storable-text.ts";
import type { ChatLimits } from "../chat-router-options.ts";
import { invalidCursor, unusableId } from "../errors.ts";
import type { InputBounds } from "./bounded-input.ts";
import { jsonInput, maxMetadataDepth, metadataInput } from "./metadata-input.ts";

/** A text of a limited length, which is checked first: every other check reads the whole text. */
const shortText = (name: string, maxChars: number, tooLong?: string) =>
  z
    .string({
      error: ({ input }) => `${name} ${input === undefined ? "is missing" : "must be a text"}.`,
    })
    .max(maxChars, {
      message: tooLong ?? `${name} is too long: at most ${maxChars} characters.`,
      abort: true,
    });
/** A text that every database stores and returns unchanged. A lone surrogate becomes U+FFFD. */
const storable = (name: string, maxChars: number, tooLong?: string) =>
  shortText(name, maxChars, tooLong)
    .refine((value) => !value.includes("\0"), { message: nulProblem(name), abort: true })
    .overwrite(toStorable);
const notAnId = "This is not an id. Use the id of a chat or message that the server returned.";
const id = z.string(notAnId).regex(/^[\w-]{1,128}$/, notAnId);
/** The end of the year 9999, after which databases and drivers disagree, in milliseconds. */
const maxTime = Date.UTC(10_000, 0);
const time = z.iso
  .datetime({
    offset: true,
    message: "This is not a time. Use ISO 8601 with a time zone, such as 2026-01-31T00:00:00Z.",
    abort: true,
  })
  .refine(
    (text) => Date.parse(text) >= 0 && Date.parse(text) < maxTime,
    "The time must be between the years 1970 and 9999.",
  );
const cursor = storable("The cursor", 300, invalidCursor().message).nullish();
const limit = (max: number) => {
  const message = `The limit must be a whole number from 1 to ${max}.`;
  return z.int(message).min(1, message).max(max, message).optional();
};
/** `useInfiniteQuery` of tRPC sends this with each page. A list goes in one direction only. */
const direction = z
  .enum(["forward", "backward"], "`direction` must be forward or backward.")
  .optional();

/** An object with these fields and no others: a field that is dropped in silence would be missed later. */
const input = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `There is no input "${String(issue.keys[0]).slice(0, 50)}". This procedure takes: ${Object.keys(shape).join(", ")}.`
        : "The input must be an object.",
  });

const notAnAttachment =
  "This is not the id of an attachment. Use the id of one that a message has.";

/** What the inputs hold at most, before their fields are looked at: these need no long texts. */
const smallBounds: InputBounds = { maxDepth: 2, maxValues: 100, maxChars: 10_000 };

const noInstructions =
  "This app takes no instructions from its users: leave `instructions` out. Its developer can allow them with `clientInstructions` of createChatRouter.";

/**
 * Creates the input validators of the procedures. Each error message says what is accepted.
 *
 * @typeParam Given what a client may pass as metadata, which `MetadataCheck` checks.
 * @param takesInstructions whether callers may give a chat instructions of their own.
 */
export function chatInputs<Given extends Metadata = Metadata>(
  limits: ChatLimits,
  takesInstructions = false,
) {
  const { maxTitleChars, maxInstructionsChars, maxPromptChars, maxMessageChars } = limits;
  const { maxMetadataChars, maxAttachments, maxToolOutputBytes } = limits;
  const longTitle = `The title is too long: at most ${maxTitleChars} characters.`;
  const title = storable("The title", 2 * maxTitleChars, longTitle)
    .trim()
    .max(maxTitleChars, longTitle);
  const instructions = takesInstructions
    ? storable("The instructions", maxInstructionsChars)
    : z.string(noInstructions);
  const isTaken = (given: unknown): boolean => given === undefined || takesInstructions;
  const temperature = z
    .number("The temperature must be a number from 0 to 2.")
    .min(0, "The temperature must be at least 0.")
    .max(2, "The temperature must be at most 2.");
  const model = storable("The name of the model", 200).min(1, "The name of the model is empty.");
  /** A new file, or an attachment as a message has it, of which only the id counts. */
  const attachment = input({
    id: z
      .string(notAnAttachment)
      .regex(/^[\w-]{0,140}$/, notAnAttachment)
      .optional(),
    name: storable("The name of the attachment", 300).nullish(),
    mediaType: shortText("The media type of the attachment", 200).optional(),
    size: z.number("The size of the attachment must be a number.").optional(),
    url: shortText("The url of the attachment", maxMessageChars).nullish(),
  });
  const attachments = z
    .array(attachment, "The attachments must be a list.")
    .max(
      maxAttachments,
      `A message can have at most ${maxAttachments} attachments. Remove some and send again.`,
    );
  const settingChars = maxTitleChars + maxInstructionsChars;
  const bounds = {
    small: smallBounds,
    /** Each value of metadata is at least one character of its JSON. */
    metadata: {
      maxDepth: 1 + maxMetadataDepth,
      maxValues: smallBounds.maxValues + maxMetadataChars,
      maxChars: smallBounds.maxChars + 2 * settingChars + maxMetadataChars,
    },
    /** Each value of an output is at least one byte of its JSON. */
    toolOutput: {
      maxDepth: 1 + maxMetadataDepth,
      maxValues: smallBounds.maxValues + maxToolOutputBytes,
      maxChars: smallBounds.maxChars + maxToolOutputBytes,
    },
    send: {
      maxDepth: 2 + maxMetadataDepth,
      maxValues: smallBounds.maxValues + 10 * maxAttachments + 2 * maxMetadataChars,
      maxChars:
        smallBounds.maxChars +
        2 * (maxPromptChars + maxMessageChars + settingChars + maxMetadataChars),
    },
  } satisfies Readonly<Record<string, InputBounds>>;
  const create = input({
    model: model.optional(),
    instructions: instructions.optional().refine(isTaken, noInstructions),
    temperature: temperature.optional(),
    title: title.optional(),
    metadata: metadataInput<Given>(maxMetadataChars).optional(),
  });
  return {
    bounds,
    chat: input({ chatId: id }),
    message: input({ messageId: id }),
    create,
    list: input({
      cursor,
      direction,
      limit: limit(100),
      search: shortText("The search", 200).optional(),
    }),
    update: input({
      chatId: id,
      title: title.nullable().optional(),
      model: model.optional(),
      instructions: instructions.nullable().optional().refine(isTaken, noInstructions),
      temperature: temperature.nullable().optional(),
      metadata: metadataInput<Given>(maxMetadataChars).optional(),
    }),
    messages: input({ chatId: id, cursor, direction, limit: limit(200) }),
    send: input({
      chatId: id.optional(),
      newChat: create.optional(),
      content: storable(
        "The message",
        maxPromptChars,
        `The message is too long: at most ${maxPromptChars} characters. Shorten it and send again.`,
      ),
      id: z.uuid(unusableId().message).optional(),
      parentId: id.nullable().optional(),
      attachments: attachments.optional(),
      model: model.optional(),
      metadata: metadataInput<Given>(maxMetadataChars).optional(),
    })
      .refine(
        ({ chatId, newChat }) => (chatId === undefined) !== (newChat === undefined),
        "A message goes to a chat: send it with `chatId`, or with `newChat` to make one.",
      )
      .refine(
        ({ content, attachments: files = [] }) =>
          files.reduce((sum, { url }) => sum + (url?.length ?? 0), content.length) <=
          maxMessageChars,
        `The message with its attachments is too large: at most ${maxMessageChars} characters, with files as data: URLs. Send fewer files, or smaller ones.`,
      ),
    attachment: input({
      attachmentId: z.string(notAnAttachment).regex(/^[\w-]{1,140}$/, notAnAttachment),
    }),
    usage: input({
      from: time.optional(),
      to: time.optional(),
      groupBy: z.enum(
        ["day", "model", "chat", "scope"],
        "`groupBy` must be day, model, chat or scope.",
      ),
    }),
    respondToTool: input({
      messageId: id,
      toolCallId: storable("The id of the tool call", 500),
      approved: z.boolean("`approved` must be true or false.").optional(),
      reason: storable("The reason", 1_000).optional(),
      output: jsonInput("The output", maxToolOutputBytes).optional(),
    }).refine(
      ({ approved, output }) => (approved === undefined) !== (output === undefined),
      "Pass either `approved`, for a call that waits for an approval, or `output`, for one that waits for its output (null is one).",
    ),
    regenerate: input({ messageId: id, model: model.optional() }),
    stream: input({ messageId: id, lastEventId: shortText("`lastEventId`", 100).nullish() }),
    watch: input({ chatId: id, lastEventId: shortText("`lastEventId`", 400).nullish() }),
  };
}
