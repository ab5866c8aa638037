import type { ProviderCallOptions } from "../../../src/orm/provider/call/provider-call.ts";

/** A call of OpenAI's API that streams, for a `ProviderCall`. */
export const providerCallOptions: ProviderCallOptions = {
  target: { provider: "openai", model: "gpt-4o" },
  sent: [],
  thinking: undefined,
  dialect: "openai",
  returnsReasoning: false,
  cachesPrompt: false,
  isRead: true,
  isStream: true,
  gathers: false,
  idleTimeout: 60_000,
  createIdleError: () => new Error("Nothing came."),
  makesOneRequest: true,
};
