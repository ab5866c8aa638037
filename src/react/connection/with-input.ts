import type { ChatClient } from "./chat-client.ts";

/** Adds the app's own input to every call of a client. */
export function withInput(client: ChatClient, input: object | undefined): ChatClient {
  if (!input) return client;
  return new Proxy(client, {
    get: (procedures, name) =>
      new Proxy(Reflect.get(procedures, name), {
        get:
          (procedure, call) =>
          (given: object, handlers?: object): unknown =>
            Reflect.get(procedure, call)({ ...input, ...given }, handlers),
      }),
  });
}
