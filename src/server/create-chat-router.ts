import type {
  TRPCProcedureBuilder,
  TRPCSubscriptionProcedure,
  TRPCUnsetMarker,
} from "@trpc/server";
import type {
  StreamInput,
  TrackedEvent,
  TrackedNotice,
  WatchInput,
} from "../chat/chat-procedures.ts";
import { ChatService } from "./chat-service.ts";
import { trackEvents } from "./streams/track-events.ts";
import type { UnscopedOptions } from "./chat-router-options.ts";
import { safe, safely } from "./errors.ts";
import { noteRequests, requestOf } from "./limits/client-request.ts";
import type { InputBounds } from "./inputs/bounded-input.ts";
import { checkCall } from "./inputs/check-call.ts";
import { chatInputs } from "./inputs/chat-inputs.ts";
import type { MetadataInput, MetadataOf } from "./inputs/check-metadata.ts";
import type { SayingScope, ScopeColumns } from "./scope.ts";
import type { DataPartOf, DataSchemas, NoData } from "./tools/data-writer.ts";
import type { OnFinish } from "./answer-finish.ts";
import type { StandardSchema } from "../orm/tools/standard-schema.ts";
import type { MessageWith } from "../chat/chat-message.ts";
import type { OutputOf } from "./tools/tool-schema.ts";
import type { CallOf, RouterTool, ToolsOption } from "./tools/router-tools.ts";

/** A message of a router, with the types of its options. */
type RouterMessage<
  Tools extends readonly unknown[],
  Schemas extends DataSchemas,
  Schema,
  Answers,
> = MessageWith<CallOf<Tools[number]>, DataPartOf<Schemas>, MetadataOf<Schema>, OutputOf<Answers>>;

/** Spelled out: @trpc/server does not export the names of the types that it infers for a subscription. */
type SubscriptionProcedure<Input, Output, Meta> = TRPCSubscriptionProcedure<{
  input: Input;
  output: AsyncIterable<Output, void, unknown>;
  meta: Meta;
}>;

/** The context as the middlewares of a procedure builder leave it. */
type Merged<Context, Overrides> = Overrides extends object
  ? Omit<Context, keyof Overrides> & Overrides
  : Context;

/**
 * Creates the procedures of a chat as a plain record that you mount in your router. They are built on your own
 * procedure builder, so your context, middlewares and error formatter apply.
 *
 * @throws ChatError `SCHEMA_MISMATCH` when the Prisma schema lacks tables or columns; the message names the command
 * that adds them.
 * @throws ChatError `CONFIGURATION` when an option is invalid.
 *
 * @example
 * ```ts
 * import { createLLM } from "@node-llm/core";
 * import { createChatRouter } from "node-llm-trpc/server";
 *
 * const llm = createLLM({ provider: "openai" });
 *
 * export const appRouter = t.router({
 *   chat: createChatRouter({
 *     procedure: protectedProcedure,
 *     prisma,
 *     llm,
 *     scope: ({ ctx }) => ({ userId: ctx.user.id }),
 *     models: ["gpt-4o", "gpt-4o-mini"],
 *   }),
 * });
 * ```
 */
export function createChatRouter<
  Context,
  Meta,
  Overrides,
  Scope extends ScopeColumns,
  Tools extends readonly RouterTool<Merged<Context, Overrides>>[],
  Schemas extends DataSchemas = NoData,
  Schema extends StandardSchema = StandardSchema,
  Answers = unknown,
>(
  // In parts, so that the compiler names the option that is missing instead of `procedure`.
  options: UnscopedOptions<Merged<Context, Overrides>> & {
    /** Your own procedure builder, with its context and middlewares: `protectedProcedure` in most apps. */
    procedure: TRPCProcedureBuilder<
      Context,
      Meta,
      Overrides,
      TRPCUnsetMarker,
      TRPCUnsetMarker,
      TRPCUnsetMarker,
      TRPCUnsetMarker,
      false
    >;
  } & {
    /** Returns the columns that all chats of the caller have; `"everyone"` lets every caller see every chat. */
    scope:
      | "everyone"
      | ((options: { ctx: Merged<Context, Overrides> }) => Scope & SayingScope<Scope>);
  } & {
    /** The tools that the model may call, or a function that returns those of a caller and a chat. */
    tools?: ToolsOption<Merged<Context, Overrides>, Tools> | undefined;
  } & {
    /** The schemas of the data that tools and `onStart` write into answers, by name. */
    data?: Schemas | undefined;
  } & {
    /** The schema of the `metadata` of chats and messages. */
    metadata?: Schema | undefined;
  } & {
    /** The schema of the answers: see `object` of a message. */
    schema?: Answers | undefined;
  } & {
    /** Called when an answer has ended, and awaited. It may return the metadata of the answer. */
    onFinish?:
      | OnFinish<
          Merged<Context, Overrides>,
          CallOf<Tools[number]>,
          DataPartOf<Schemas>,
          MetadataOf<Schema>,
          MetadataInput<Schema>,
          RouterMessage<Tools, Schemas, Schema, Answers>
        >["call"]
      | undefined;
  },
) {
  const service = new ChatService<
    Merged<Context, Overrides>,
    CallOf<Tools[number]>,
    DataPartOf<Schemas>,
    MetadataOf<Schema>,
    RouterMessage<Tools, Schemas, Schema, Answers>
  >(options);
  const inputs = chatInputs<MetadataInput<Schema>>(
    service.limits,
    options.clientInstructions === "append",
  );
  const bounded = (bounds: InputBounds) =>
    options.procedure.use(checkCall(bounds, () => service.ready()));
  const procedure = bounded(inputs.bounds.small);
  const forMetadata = bounded(inputs.bounds.metadata);
  const forOutput = bounded(inputs.bounds.toolOutput);
  const forMessage = bounded(inputs.bounds.send);
  // At run time the context is what the middlewares made of it, which tRPC types in its own way.
  const callerOf = (call: { readonly ctx: unknown }) =>
    service.caller(call.ctx as Merged<Context, Overrides>, requestOf(call));

  const stream: SubscriptionProcedure<
    StreamInput,
    TrackedEvent<
      CallOf<Tools[number]>,
      DataPartOf<Schemas>,
      MetadataOf<Schema>,
      RouterMessage<Tools, Schemas, Schema, Answers>
    >,
    Meta
  > = procedure
    .input(inputs.stream)
    .subscription((call) =>
      trackEvents(
        safely(() =>
          service.stream(callerOf(call), call.input, call.signal ?? new AbortController().signal),
        ),
      ),
    );
  const watch: SubscriptionProcedure<WatchInput, TrackedNotice, Meta> = procedure
    .input(inputs.watch)
    .subscription((call) =>
      trackEvents(
        safely(() =>
          service.watch(callerOf(call), call.input, call.signal ?? new AbortController().signal),
        ),
      ),
    );

  return noteRequests({
    /**
     * Creates an empty chat in the caller's `scope`.
     *
     * @returns the chat.
     * @throws `BAD_REQUEST` when the model is not offered, or a text or the metadata is too long.
     */
    create: forMetadata
      .input(inputs.create)
      .mutation((call) => safe(() => service.create(callerOf(call), call.input))),
    /**
     * Lists the caller's chats in pages, most recently changed first. With `search`, only those that contain the text
     * in their title, or in a question or an answer of their active branch; `match` is then an excerpt.
     *
     * A page has 30 chats by default and at most 100. Works with `useInfiniteQuery`.
     *
     * @returns `items`, and `nextCursor`, which is null on the last page.
     * @throws `BAD_REQUEST` when the cursor is not one of this list.
     */
    list: procedure
      .input(inputs.list)
      .query((call) => safe(() => service.list(callerOf(call), call.input, call))),
    /**
     * Returns a chat. `activeMessageId` is the answer in progress, which you can read with `stream`.
     *
     * @throws `NOT_FOUND` when the chat does not exist in the caller's scope.
     */
    get: procedure
      .input(inputs.chat)
      .query((call) => safe(() => service.get(callerOf(call), call.input.chatId))),
    /**
     * Changes the title, model, instructions, temperature or metadata of a chat. What you leave out stays as it is; `null` goes
     * back to the router's default.
     *
     * @returns the chat as it is now.
     * @throws `NOT_FOUND` when the chat does not exist in the caller's scope.
     * @throws `BAD_REQUEST` when the model is not offered, or a text is too long.
     * @throws `TOO_MANY_REQUESTS` when the scope has read too much. Nothing is changed then.
     */
    update: forMetadata
      .input(inputs.update)
      .mutation((call) => safe(() => service.update(callerOf(call), call.input))),
    /**
     * Deletes a chat with all its messages. Stops its answer in progress.
     *
     * @throws `NOT_FOUND` when the chat does not exist in the caller's scope.
     */
    delete: procedure
      .input(inputs.chat)
      .mutation((call) => safe(() => service.delete(callerOf(call), call.input.chatId))),
    /**
     * Returns a page of the chat's active branch, oldest message first. The first page holds the newest messages, and
     * `nextCursor` leads to older ones. The cost of a page does not depend on the length of the chat.
     *
     * A page has 50 messages by default and at most 200. Works with `useInfiniteQuery`.
     *
     * @returns `items`, and `nextCursor`, which is null on the oldest page.
     * @throws `NOT_FOUND` when the chat does not exist in the caller's scope.
     * @throws `BAD_REQUEST` when the cursor is not one of this list.
     */
    messages: procedure
      .input(inputs.messages)
      .query((call) => safe(() => service.messages(callerOf(call), call.input))),
    /**
     * Saves a user message and starts the answer to it. Resolves as soon as both messages are committed, without
     * waiting for the answer: read it with `stream`.
     *
     * With an `id` (a UUID that the client chooses) a repeated call is harmless: it returns the same two messages and
     * does not ask the model again. `parentId` lets the message follow an earlier one and so starts a new branch;
     * `null` makes it a new first message. With `newChat` instead of `chatId`, the same transaction makes the chat.
     *
     * @returns the user message, the answer, which is still empty, and with `newChat` the chat.
     * @throws `NOT_FOUND` when the chat or `parentId` does not exist in the caller's scope.
     * @throws `CONFLICT` when another answer is in progress in the chat, or waits for an approval.
     * @throws `BAD_REQUEST` when the message is empty or too long, the model or an attachment is not accepted, or the
     * `id` belongs to another message.
     * @throws `SERVICE_UNAVAILABLE` when the process is shutting down; sending again with the same `id` is safe.
     * @throws whatever `beforeSend` throws.
     *
     * @example
     * ```ts
     * const { assistantMessage } = await client.chat.send.mutate({ chatId, content: "Hello" });
     * client.chat.stream.subscribe(
     *   { messageId: assistantMessage.id },
     *   { onData: ({ data }) => console.log(data) },
     * );
     * ```
     */
    send: forMessage
      .input(inputs.send)
      .mutation((call) => safe(() => service.send(callerOf(call), call.input))),
    /**
     * Starts another answer to the same question. The new answer is a sibling of the old one, which stays in the
     * database: `selectBranch` goes back to it. Pass the id of a user message to answer that message.
     *
     * @returns the new answer, which is still empty: read it with `stream`.
     * @throws `NOT_FOUND` when the message does not exist in the caller's scope.
     * @throws `CONFLICT` when an answer is in progress in the chat.
     * @throws `BAD_REQUEST` when the model is not offered.
     * @throws `SERVICE_UNAVAILABLE` when the process is shutting down.
     * @throws whatever `beforeSend` throws.
     */
    regenerate: procedure
      .input(inputs.regenerate)
      .mutation((call) => safe(() => service.regenerate(callerOf(call), call.input))),
    /**
     * Makes the branch that contains a message the active one, which `messages` returns and the next `send` follows.
     *
     * @returns the id of the chat.
     * @throws `NOT_FOUND` when the message does not exist in the caller's scope.
     * @throws `CONFLICT` when an answer is in progress in the chat.
     */
    selectBranch: procedure
      .input(inputs.message)
      .mutation((call) => safe(() => service.selectBranch(callerOf(call), call.input.messageId))),
    /**
     * Streams an answer as tracked events: first a `snapshot` of the message, then `text`, `thinking` and `tool`
     * events as they come, and last `done` with the whole message. A failed answer ends with `done` too, never with
     * an error. Works on every instance, for any number of readers; closing it does not stop the answer.
     *
     * tRPC's clients resume after the last event when the connection is lost. To resume yourself, pass the id of the
     * last event as `lastEventId`; with an unknown id the stream starts with a snapshot.
     *
     * @throws `NOT_FOUND` when the message does not exist in the caller's scope.
     * @throws `TOO_MANY_REQUESTS` when the scope has read too much, before the snapshot or before `done`.
     * @throws `SERVICE_UNAVAILABLE` when the process shuts down while another one produces the answer.
     */
    stream,
    /**
     * Watches a chat and sends tracked notices: first its `state`, then which messages are created, updated, finished
     * or deleted, and changes of the chat itself. Ends after `chatDeleted`.
     *
     * Pass the id of the last notice as `lastEventId` to continue with what was missed since.
     *
     * @throws `NOT_FOUND` when the chat does not exist in the caller's scope.
     * @throws `SERVICE_UNAVAILABLE` when the process shuts down.
     */
    watch,
    /**
     * Stops an answer, also one that another instance produces, and keeps what it has so far. An answer with nothing in
     * it is deleted. Waits up to 3 seconds until the stopped message is saved.
     *
     * @returns `stopped`, which is false when the answer had already ended or been stopped.
     * @throws `NOT_FOUND` when the message does not exist in the caller's scope.
     * @throws `CONFLICT` when the answer changed on every attempt to stop it; try again.
     */
    stop: procedure
      .input(inputs.message)
      .mutation((call) => safe(() => service.stop(callerOf(call), call.input.messageId))),
    /**
     * Approves or denies a tool call with the status `awaiting_approval`, or brings the output of one with the status
     * `awaiting_output`, which the tool's `outputSchema` checks. After the last one the same answer continues: subscribe
     * to `stream` again. The model learns that a call was denied, and the `reason` if you give one. Repeating a call is
     * harmless.
     *
     * @returns the answer as it is now.
     * @throws `NOT_FOUND` when the message or the tool call does not exist in the caller's scope.
     * @throws `CONFLICT` when the opposite was decided before, the call has another output, or the answer has ended.
     * @throws `BAD_REQUEST` when the output is too large, or does not fit the tool.
     * @throws `SERVICE_UNAVAILABLE` when the process is shutting down.
     */
    respondToTool: forOutput
      .input(inputs.respondToTool)
      .mutation((call) => safe(() => service.respondToTool(callerOf(call), call.input))),
    /**
     * Returns the bytes of an attachment, in base64. They never change, so keep what you got for as long as you like.
     *
     * @throws `NOT_FOUND` when the attachment does not exist in the caller's scope.
     * @throws `SERVICE_UNAVAILABLE` when the app's storage fails.
     *
     * @example
     * ```tsx
     * const { data: file } = useQuery(trpc.chat.attachment.queryOptions({ attachmentId }, { staleTime: Infinity }));
     * return file && <img src={`data:${file.mediaType};base64,${file.data}`} alt={name} />;
     * ```
     */
    attachment: procedure
      .input(inputs.attachment)
      .query((call) => safe(() => service.attachment(callerOf(call), call.input))),
    /**
     * Returns the tokens that a chat has used and what they cost, in US dollars.
     *
     * @throws `NOT_FOUND` when the chat does not exist in the caller's scope.
     */
    stats: procedure
      .input(inputs.chat)
      .query((call) => safe(() => service.stats(callerOf(call), call.input.chatId))),
    /**
     * Returns requests, errors, tokens, cost in US dollars and latency in milliseconds for all chats in the caller's
     * scope, grouped by day (UTC), model or chat. There are at most the newest 400 days, or the 100 most expensive
     * models or chats.
     *
     * @throws `BAD_REQUEST` when `from` or `to` is not a time in ISO 8601 with a time zone.
     */
    usage: procedure
      .input(inputs.usage)
      .query((call) => safe(() => service.usage(callerOf(call), call.input))),
    /** Lists the models that a client may choose, with their prices in US dollars for a million tokens. */
    models: procedure.query((call) => safe(() => service.models(callerOf(call)))),
  });
}
