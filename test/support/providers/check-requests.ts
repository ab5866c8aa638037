import { afterEach, vi } from "vitest";

import type {
  createScriptedProvider as Create,
  ScriptedProvider,
} from "../../../src/testing/create-scripted-provider.ts";
import { strictOpenAIMessages } from "./strict-openai-messages.ts";

const { made } = vi.hoisted(() => ({ made: [] as ScriptedProvider[] }));

/** Collects every scripted provider of a test, however the test imports it. */
vi.mock("../../../src/testing/create-scripted-provider.ts", async (importOriginal) => {
  const original = await importOriginal<{ createScriptedProvider: typeof Create }>();
  const createScriptedProvider: typeof Create = (...args) => {
    const provider = original.createScriptedProvider(...args);
    made.push(provider);
    return provider;
  };
  return { ...original, createScriptedProvider };
});

/** Whatever a test is about, even a crash: a strict provider must accept every history that was sent. */
afterEach(() => {
  for (const provider of made.splice(0)) {
    for (const { messages } of provider.requests) {
      const complaint = strictOpenAIMessages(messages);
      if (complaint !== null) throw new Error(`A strict provider would refuse this: ${complaint}`);
    }
  }
});
