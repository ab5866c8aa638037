import type { ToolDefinition } from "@node-llm/core";
import { Tool, z as coreZod } from "@node-llm/core";
import { describe, expect, it } from "vitest";
import { z as zod4 } from "zod/v4";
import { z as otherZod3 } from "zod/v3";
import * as zodMini from "zod/v4-mini";

import { toStorable } from "../../chat/storable-text.ts";
import { outputIsResult } from "../../chat/tool-call.ts";
import { toChatToolCall } from "../messages/to-chat-message.ts";
import { resolveTools, storedOutput } from "./resolve-tools.ts";

const halts: string[] = [];
const outputs: string[] = [];
const limits = {
  timeout: 1000,
  maxResultChars: 1000,
  signal: new AbortController().signal,
  onHalt: (text: string) => void halts.push(text),
  messageId: "m1",
  onCall: () => ({ toolCallId: "c1", onResult: () => undefined }),
  onOutput: (_id: string, output: string) => void outputs.push(output),
};

const jsonSchema = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "number" } },
  required: ["city"],
};

const schemas = {
  "zod 4": zod4.object({ city: zod4.string(), days: zod4.number().optional() }),
  "zod 4 mini": zodMini.object({
    city: zodMini.string(),
    days: zodMini.optional(zodMini.number()),
  }),
  "core's zod 3": coreZod.object({ city: coreZod.string(), days: coreZod.number().optional() }),
  "another zod 3": otherZod3.object({
    city: otherZod3.string(),
    days: otherZod3.number().optional(),
  }),
  "JSON Schema": jsonSchema,
};

/** A raw definition with parameters that core's type does not allow. */
function raw(parameters: unknown, handler: ToolDefinition["handler"]): ToolDefinition {
  return {
    type: "function",
    function: { name: "get_weather", parameters: parameters as Record<string, unknown> },
    ...(handler === undefined ? {} : { handler }),
  };
}

function asClass(schema: unknown): new () => Tool {
  return class WeatherTool extends Tool {
    override name = "get_weather";
    override description = "Weather";
    // Core's type knows one copy of zod 3. This tests the others.
    override schema = schema as Record<string, unknown>;
    override execute(args: Record<string, unknown>): Promise<string> {
      return Promise.resolve(JSON.stringify(args));
    }
  };
}

describe.each(Object.entries(schemas))("a tool with parameters of %s", (name, schema) => {
  const WeatherTool = asClass(schema);
  it.each([
    ["class", WeatherTool],
    ["instance", new WeatherTool()],
    ["raw definition", raw(schema, async (args) => JSON.stringify(args))],
  ])("as a %s is described correctly and gets checked arguments", async (_form, tool) => {
    const [resolved] = resolveTools([tool], limits);
    expect(resolved?.function).toMatchObject({ name: "get_weather", parameters: jsonSchema });
    expect(Object.keys(resolved?.function.parameters ?? {})).not.toContain("$schema");
    expect(JSON.stringify(resolved)).not.toMatch(/_def|_zod|typeName/);
    expect(await resolved?.handler?.({ city: "Oslo" })).toBe('{"city":"Oslo"}');
    if (name === "JSON Schema") return;
    expect(await resolved?.handler?.({ city: 5 })).toMatch(/^Invalid tool arguments: .*city/s);
    expect(await resolved?.handler?.(null)).toMatch(/^Invalid tool arguments: /);
  });
});

it("passes to a tool what its schema parsed, once", async () => {
  for (const schema of [
    zod4.object({ day: zod4.string().transform((text) => text.length) }),
    coreZod.object({ day: coreZod.string().transform((text) => text.length) }),
    otherZod3.object({ day: otherZod3.string().transform((text) => text.length) }),
  ]) {
    const [resolved] = resolveTools([asClass(schema)], limits);
    expect(await resolved?.handler?.({ day: "Monday" })).toBe('{"day":6}');
  }
});

it("describes a tool without parameters as one that takes an object", () => {
  const [resolved] = resolveTools([raw(undefined, async () => "")], limits);
  expect(resolved?.function.parameters).toEqual({ type: "object", properties: {} });
});

it("refuses a tool that cannot be called or described, and names it", () => {
  const refused = (tool: ToolDefinition): unknown => {
    try {
      return resolveTools([tool], limits);
    } catch (error) {
      return error;
    }
  };
  const handler = async (): Promise<string> => "";
  for (const tool of [
    raw(jsonSchema, undefined),
    raw(zod4.string(), handler),
    raw(zod4.object({ at: zod4.date() }), handler),
  ]) {
    expect(refused(tool)).toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining("'get_weather'"),
    });
  }
});

it("accepts a halt of another copy of core, and results that are not text", async () => {
  class ToolHalt {
    content = "Stop here.";
    toJSON(): unknown {
      return { halt: true, content: this.content };
    }
  }
  const results: unknown[] = [new ToolHalt(), { a: 1 }, 5, null, undefined, ""];
  const tools = results.map((result) => raw(jsonSchema, async () => result as string));
  const texts: unknown[] = [];
  for (const tool of resolveTools(tools, limits)) texts.push(await tool.handler?.({}));
  expect(texts).toEqual(["Stop here.", '{"a":1}', "5", "null", "", ""]);
  expect(halts).toEqual(["Stop here."]);
});

it("reports what a tool returned as JSON, unless that or the value is the text", async () => {
  class ValueTool extends Tool {
    override name = "look";
    override description = "";
    override schema = {};
    readonly #secret = "private";
    override execute({ kind }: Record<string, unknown>): Promise<unknown> {
      const returned = { text: "seen", value: { a: [1] }, nothing: undefined, null: null };
      if (kind === "private") return Promise.resolve([this.#secret]);
      if (kind === "huge") return Promise.resolve(["x".repeat(1_000_001)]);
      return Promise.resolve(Object.entries(returned).find(([name]) => name === kind)?.[1]);
    }
  }
  const [resolved] = resolveTools([ValueTool], limits);
  const reported: unknown[] = [];
  for (const kind of ["text", "value", "nothing", "null", "private", "huge"]) {
    outputs.length = 0;
    await resolved?.handler?.({ kind });
    reported.push(outputs[0] === outputIsResult ? "as told" : (outputs[0] ?? "the text"));
  }
  expect(reported).toEqual(["the text", "as told", "the text", "null", "as told", "the text"]);
});

it("stores no output twice, and what it stores is read as it was", () => {
  const values = [
    { a: [1] },
    [],
    1,
    true,
    null,
    "",
    "a",
    "1",
    "null",
    '{"a":1}',
    '""',
    "\0",
    "\ud800",
  ];
  for (const value of values) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    for (const result of [toStorable(text), "something else"]) {
      const output = storedOutput(value, result);
      if (result === text) expect(output ?? "").toBe("");
      const call = { toolCallId: "c", name: "look", arguments: "{}", status: "complete" };
      expect(toChatToolCall({ ...call, result, output }).output).toEqual(value);
    }
  }
});
