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
import { chatInputs } from "./chat-inputs.ts";
import { ChatService } from "./chat-service.ts";
import { deliver } from "./streams/deliver.ts";
import type { ChatRouterOptions } from "./chat-router-options.ts";
import { nameInputErrors, toTrpcError } from "./errors.ts";

type Subscription<Input, Output, Meta> = TRPCSubscriptionProcedure<{
  input: Input;
  output: AsyncIterable<Output, void, unknown>;
  meta: Meta;
}>;

/** A context with what the middlewares of a procedure changed in it. */
type Merged<Context, Overrides> = Overrides extends object
  ? Omit<Context, keyof Overrides> & Overrides
  : Context;

/**
 * The procedures of a chat, as a plain record to mount in the app's router. They are typed over the app's own
 * procedure builder: its context, its middlewares and its error formatter apply.
 *
 * @throws ChatError `SCHEMA_MISMATCH` when the Prisma schema lacks columns, `CONFIGURATION` when an option
 * is wrong.
 */
export function createChatRouter<Context, Meta, Overrides>(
  options: ChatRouterOptions<Merged<Context, Overrides>> & {
    /** The app's own procedure builder, with its context and middlewares. */
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
  },
) {
  const procedure = options.procedure.use(nameInputErrors);
  const service = new ChatService<Merged<Context, Overrides>>(options);
  const inputs = chatInputs(service.limits);
  // tRPC gives a resolver the context as its builder's type says: Context with Overrides.
  const contextOf = (ctx: unknown): Merged<Context, Overrides> => ctx as Merged<Context, Overrides>;

  // Named here, since the inferred types have names that @trpc/server does not export.
  const stream: Subscription<StreamInput, TrackedEvent, Meta> = procedure
    .input(inputs.stream)
    .subscription(({ ctx, input, signal }) =>
      deliver(service.stream(contextOf(ctx), input, signal ?? new AbortController().signal)),
    );
  const watch: Subscription<WatchInput, TrackedNotice, Meta> = procedure
    .input(inputs.watch)
    .subscription(({ ctx, input, signal }) =>
      deliver(service.watch(contextOf(ctx), input, signal ?? new AbortController().signal)),
    );

  return {
    create: procedure
      .input(inputs.create)
      .mutation(({ ctx, input }) => safe(service.create(contextOf(ctx), input))),
    list: procedure
      .input(inputs.list)
      .query(({ ctx, input }) => safe(service.list(contextOf(ctx), input))),
    get: procedure
      .input(inputs.chat)
      .query(({ ctx, input }) => safe(service.get(contextOf(ctx), input.chatId))),
    update: procedure
      .input(inputs.update)
      .mutation(({ ctx, input }) => safe(service.update(contextOf(ctx), input))),
    delete: procedure
      .input(inputs.chat)
      .mutation(({ ctx, input }) => safe(service.delete(contextOf(ctx), input.chatId))),
    messages: procedure
      .input(inputs.messages)
      .query(({ ctx, input }) => safe(service.messages(contextOf(ctx), input))),
    send: procedure
      .input(inputs.send)
      .mutation(({ ctx, input }) => safe(service.send(contextOf(ctx), input))),
    regenerate: procedure
      .input(inputs.regenerate)
      .mutation(({ ctx, input }) => safe(service.regenerate(contextOf(ctx), input))),
    selectBranch: procedure
      .input(inputs.message)
      .mutation(({ ctx, input }) => safe(service.selectBranch(contextOf(ctx), input.messageId))),
    stream,
    watch,
    stop: procedure
      .input(inputs.message)
      .mutation(({ ctx, input }) => safe(service.stop(contextOf(ctx), input.messageId))),
    respondToTool: procedure
      .input(inputs.respondToTool)
      .mutation(({ ctx, input }) => safe(service.respondToTool(contextOf(ctx), input))),
    stats: procedure
      .input(inputs.chat)
      .query(({ ctx, input }) => safe(service.stats(contextOf(ctx), input.chatId))),
    usage: procedure
      .input(inputs.usage)
      .query(({ ctx, input }) => safe(service.usage(contextOf(ctx), input))),
    models: procedure.query(() => safe(Promise.resolve().then(() => service.models()))),
  };
}

async function safe<Result>(result: Promise<Result>): Promise<Result> {
  try {
    return await result;
  } catch (error) {
    throw toTrpcError(error);
  }
}
