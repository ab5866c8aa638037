import type {
  ChatProcedures,
  CreateChatInput,
  StreamInput,
  TrackedEvent,
  TrackedNotice,
  WatchInput,
} from "../../chat/chat-procedures.ts";
import type { Metadata } from "../../chat/chat-summary.ts";

/** What a tRPC subscription reports when the state of its connection changes. */
export interface SubscriptionState {
  /** `idle`, `connecting` or `pending`, as tRPC calls them. */
  readonly state: string;
  /** Why the last connection broke; empty when none has. */
  readonly error: unknown;
}

/** The callbacks that the hooks pass to a tRPC subscription. */
export interface SubscriptionHandlers<Data> {
  /** The server has accepted the subscription. */
  readonly onStarted: () => void;
  /** The server has sent a tracked event. */
  readonly onData: (data: Data) => void;
  /** The subscription has failed, and tRPC does not reconnect. */
  readonly onError: (error: unknown) => void;
  /** The server has ended the subscription. */
  readonly onComplete: () => void;
  /** The connection was made, or broke. */
  readonly onConnectionStateChange: (state: SubscriptionState) => void;
}

/** The callbacks of a `stream` subscription. */
export type StreamHandlers = SubscriptionHandlers<TrackedEvent>;

/** The callbacks of a `watch` subscription. */
export type WatchHandlers = SubscriptionHandlers<TrackedNotice>;

/** An open tRPC subscription. */
export interface Subscription {
  /** Closes the subscription. The answer continues on the server. */
  unsubscribe(): void;
}

/** A tRPC client takes mutable arrays, because that is what validators infer, and metadata as its router types it. */
type ClientInput<Input, Given> = {
  [Name in keyof Input]: Name extends "metadata"
    ? Given | undefined
    : Name extends "newChat"
      ? ClientInput<CreateChatInput, Given> | undefined
      : Input[Name] extends undefined
        ? Input[Name]
        : Input[Name] extends readonly (infer Item)[] | undefined
          ? Item[] | undefined
          : Input[Name];
};

/** A query or mutation as a tRPC client has it. */
type ClientProcedure<Procedure, Extra, Given> = Procedure extends {
  kind: "query";
  input: infer Input;
  output: infer Output;
}
  ? {
      /** Runs the query. */
      readonly query: (input: ClientInput<Input, Given> & Extra) => Promise<Output>;
    }
  : Procedure extends { kind: "mutation"; input: infer Input; output: infer Output }
    ? {
        /** Runs the mutation. */
        readonly mutate: (input: ClientInput<Input, Given> & Extra) => Promise<Output>;
      }
    : never;

type CalledProcedure =
  | "create"
  | "list"
  | "update"
  | "delete"
  | "messages"
  | "send"
  | "regenerate"
  | "selectBranch"
  | "stop"
  | "respondToTool"
  | "attachment"
  | "usage";

/** A subscription as a tRPC client has it. */
interface ClientSubscription<Input, Data> {
  /** Opens the subscription, until its `unsubscribe` is called. */
  readonly subscribe: (input: Input, handlers: SubscriptionHandlers<Data>) => Subscription;
}

/**
 * The chat router's part of a tRPC client: the procedures that the hooks call.
 *
 * The chat router of `trpc.useUtils().client`, `useTRPCClient()` and `createTRPCClient()` fits, with any
 * transformer and any error formatter. A client of another router is a compile error.
 *
 * @typeParam Extra what the app's own base procedure takes.
 * @typeParam Given what the router takes as metadata; `never` for any router.
 */
export type ChatClient<Extra extends object = object, Given = Metadata> = {
  readonly [Name in CalledProcedure]: ClientProcedure<ChatProcedures[Name], Extra, Given>;
} & {
  /** Reads an answer. */
  readonly stream: ClientSubscription<StreamInput & Extra, TrackedEvent>;
  /** Watches a chat. */
  readonly watch: ClientSubscription<WatchInput & Extra, TrackedNotice>;
};
