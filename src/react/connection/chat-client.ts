import type {
  ChatProcedures,
  StreamInput,
  TrackedEvent,
  TrackedNotice,
  WatchInput,
} from "../../chat/chat-procedures.ts";

/** What a tRPC subscription tells about its connection. */
export interface SubscriptionState {
  readonly state: string;
  readonly error: unknown;
}

/** The callbacks of a tRPC subscription that the hooks listen to. */
export interface SubscriptionHandlers<Data> {
  readonly onStarted: () => void;
  readonly onData: (data: Data) => void;
  readonly onError: (error: unknown) => void;
  readonly onComplete: () => void;
  readonly onConnectionStateChange: (state: SubscriptionState) => void;
}

/** The callbacks of `stream`. */
export type StreamHandlers = SubscriptionHandlers<TrackedEvent>;

/** The callbacks of `watch`. */
export type WatchHandlers = SubscriptionHandlers<TrackedNotice>;

/** Ends a subscription on this side; the answer goes on. */
export interface Subscription {
  unsubscribe(): void;
}

/** A validator's input has arrays that may be changed; so has what the hooks pass to it. */
type Sent<Input> = {
  [Name in keyof Input]: Input[Name] extends readonly (infer Item)[] | undefined
    ? Item[] | undefined
    : Input[Name];
};

type ClientProcedure<Procedure> = Procedure extends {
  kind: "query";
  input: infer Input;
  output: infer Output;
}
  ? { readonly query: (input: Sent<Input>) => Promise<Output> }
  : Procedure extends { kind: "mutation"; input: infer Input; output: infer Output }
    ? { readonly mutate: (input: Sent<Input>) => Promise<Output> }
    : never;

type UsedProcedure =
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
  | "usage";

interface ClientSubscription<Input, Data> {
  readonly subscribe: (input: Input, handlers: SubscriptionHandlers<Data>) => Subscription;
}

/**
 * The part of a tRPC client that the hooks call, written by its shape: the chat router's part of
 * `trpc.useUtils().client`, of `useTRPCClient()` and of `createTRPCClient()` fit, with any
 * transformer and error formatter.
 */
export type ChatClient = {
  readonly [Name in UsedProcedure]: ClientProcedure<ChatProcedures[Name]>;
} & {
  readonly stream: ClientSubscription<StreamInput, TrackedEvent>;
  readonly watch: ClientSubscription<WatchInput, TrackedNotice>;
};
