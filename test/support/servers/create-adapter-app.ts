import type { AnyTRPCRouter } from "@trpc/server";
import { initTRPC, lazy, tracked, TRPCError } from "@trpc/server";
import { observable } from "@trpc/server/observable";
import superjson from "superjson";
import { z } from "zod";

interface Context {
  /** Notes that something has happened in the app, in order. */
  readonly report: (text: string) => void;
}

export type SseOptions = NonNullable<
  NonNullable<Parameters<ReturnType<typeof initTRPC.context<Context>>["create"]>[0]>["sse"]
>;

const items = [1, "two", null, { three: [3, "\n\r\n"] }, "\u2028 ü 👩‍🚀", undefined];
const codes = ["FORBIDDEN", "INTERNAL_SERVER_ERROR", "TOO_MANY_REQUESTS"] as const;

/** Lets everything else that is due happen first. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/**
 * A router with subscriptions that do everything that a subscription may do.
 *
 * @param isFormatted with a transformer and an error formatter.
 */
export function createAdapterApp(isFormatted: boolean, sse: SseOptions = {}): AnyTRPCRouter {
  const { procedure, router } = initTRPC.context<Context>().create({
    sse,
    isDev: false,
    ...(isFormatted ? { transformer: superjson } : {}),
    errorFormatter: ({ shape, error, input, path, type, ctx }) =>
      isFormatted
        ? { ...shape, input, path, type, hasContext: ctx !== undefined, why: error.cause?.message }
        : shape,
  });
  const resumable = z.object({ lastEventId: z.string().nullish(), n: z.number().optional() });
  return router({
    nested: router({
      tracked: procedure.input(resumable.nullish()).subscription(async function* ({ input }) {
        yield tracked("first", { input });
        for (const [index, item] of items.entries()) yield tracked(String(index), item);
      }),
    }),
    untracked: procedure.subscription(async function* () {
      for (const item of items) {
        yield item;
        await turn();
      }
    }),
    empty: procedure.subscription(async function* (): AsyncGenerator<number> {}),
    many: procedure.subscription(async function* () {
      for (let n = 0; n < 5_000; n++) yield tracked(String(n), "x".repeat(n % 300));
    }),
    observed: procedure.subscription(() =>
      observable<unknown>((emit) => {
        for (const item of items) emit.next(item);
        setImmediate(() => emit.complete());
      }),
    ),
    observedError: procedure.subscription(() =>
      observable<number>((emit) => {
        emit.next(1);
        emit.error(new TRPCError({ code: "FORBIDDEN", message: "no" }));
      }),
    ),
    failing: procedure
      .input(z.object({ code: z.enum(codes), lastEventId: z.string().nullish() }))
      .subscription(async function* ({ input: { code } }) {
        yield tracked("a", 1);
        await turn();
        throw new TRPCError({ code, message: "in the middle", cause: new Error("why") });
      }),
    failingUnread: procedure.subscription(async function* () {
      yield 1;
      throw new Error("an app's own error");
    }),
    failingAtOnce: procedure.subscription(async function* () {
      yield await Promise.reject<number>(new TRPCError({ code: "NOT_FOUND" }));
    }),
    throwing: procedure.subscription((): AsyncGenerator<number> => {
      throw new TRPCError({ code: "UNAUTHORIZED", message: "before the first event" });
    }),
    aborting: procedure.subscription(async function* () {
      yield 1;
      throw new DOMException("gone", "AbortError");
    }),
    unserializable: procedure.subscription(async function* ({ ctx }) {
      try {
        yield 1;
        yield 2n;
        yield 3;
      } finally {
        ctx.report("the subscription has returned");
      }
    }),
    notIterable: procedure.subscription(() => 42 as unknown as AsyncGenerator<number>),
    endless: procedure.subscription(async function* ({ ctx, signal }) {
      try {
        yield "begun";
        await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
      } finally {
        ctx.report("the subscription has ended");
      }
    }),
    unopenable: procedure.subscription((): AsyncIterable<number> & AsyncGenerator<number> => {
      const iterable = {
        [Symbol.asyncIterator]: () => {
          throw new Error("no iterator");
        },
      };
      return iterable as unknown as AsyncGenerator<number>;
    }),
    late: procedure.subscription(async ({ signal }) => {
      await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
      return (async function* () {
        yield "too late";
      })();
    }),
    query: procedure.query(() => items),
    mutation: procedure.input(z.number()).mutation(({ input }) => input + 1),
    later: lazy(async () => ({
      default: router({
        items: procedure.subscription(async function* () {
          yield "loaded";
        }),
      }),
    })),
  });
}
