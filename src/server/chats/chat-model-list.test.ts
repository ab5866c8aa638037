import type { NodeLLMCore } from "@node-llm/core";
import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { ChatModelList } from "./chat-model-list.ts";

const llm = createLLM({ provider: createScriptedProvider("Hi") });

it("offers the LLM's default model when the app names none", () => {
  const models = new ChatModelList(llm, undefined);
  expect(models.default).toBe("scripted-model");
  expect(models.list()).toEqual([
    { id: "scripted-model", isDefault: true, inputPrice: null, outputPrice: null },
  ]);
});

it("lists the app's models with the first one as the default", () => {
  const models = new ChatModelList(llm, ["large", "small"]);
  expect(models.default).toBe("large");
  expect(models.list().map(({ id, isDefault }) => [id, isDefault])).toEqual([
    ["large", true],
    ["small", false],
  ]);
});

it("chooses the requested model, otherwise the chat's own, otherwise the default", () => {
  const models = new ChatModelList(llm, ["large", "small"]);
  expect(models.choose("small", "large")).toBe("small");
  expect(models.choose(undefined, "small")).toBe("small");
  expect(models.choose(undefined, "no-longer-offered")).toBe("large");
  expect(models.choose(undefined, null)).toBe("large");
});

it("refuses a model that is not offered, and names those that are", () => {
  const models = new ChatModelList(llm, ["large", "small"]);
  expect(() => models.choose("huge", null)).toThrow(
    expect.objectContaining({
      code: "BAD_REQUEST",
      message: 'The model "huge" is not available. Choose one of: large, small.',
    }),
  );
});

it("refuses an empty list, and an LLM without a default model", () => {
  const expected = expect.objectContaining({ code: "CONFIGURATION" });
  expect(() => new ChatModelList(llm, [])).toThrow(expected);
  const bare = { config: {} } as NodeLLMCore;
  expect(() => new ChatModelList(bare, undefined).default).toThrow(expected);
});
