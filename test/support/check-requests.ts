import { afterEach, expect, vi } from "vitest";

import type { ScriptedProvider } from "../../src/testing/create-scripted-provider.ts";
import { strictOpenAIMessages } from "./strict-messages.ts";

type Testing = typeof import("../../src/testing/create-scripted-provider.ts");

const { made } = vi.hoisted(() => ({ made: [] as ScriptedProvider[] }));

/** Every scripted provider of a test is remembered here, whichever way the test came to it. */
vi.mock("../../src/testing/create-scripted-provider.ts", async (importOriginal) => {
  const original = await importOriginal<Testing>();
  const createScriptedProvider: Testing["createScriptedProvider"] = (...args) => {
    const provider = original.createScriptedProvider(...args);
    made.push(provider);
    return provider;
  };
  return { ...original, createScriptedProvider };
});

/** Whatever a test was about, a crash or a failure: each history that went out is one that strict providers accept. */
afterEach(() => {
  for (const provider of made.splice(0)) {
    const complaints = provider.requests.map((request) => strictOpenAIMessages(request.messages));
    expect(complaints.filter((complaint) => complaint !== null)).toEqual([]);
  }
});
