import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { ChatTool } from "./chat-tool.ts";

const options = { name: "now", description: "The time", inputSchema: {} };

describe("ChatTool", () => {
  it("knows the tools of another copy of the module, as a bundler makes them, and nothing else", async () => {
    vi.resetModules();
    const other = await import("./chat-tool.ts");
    expect(other.ChatTool).not.toBe(ChatTool);
    expect(new other.ChatTool(options)).toBeInstanceOf(ChatTool);
    expect(new ChatTool(options)).toBeInstanceOf(other.ChatTool);
    expect(new ChatTool(options)).toBeInstanceOf(ChatTool);
    for (const value of [{ options }, options, null, undefined, "now", ChatTool]) {
      expect(value instanceof ChatTool).toBe(false);
    }
  });

  it.each(["inputSchema", "outputSchema", "progressSchema"])(
    "refuses JSON Schema of anything but an object as its %s",
    (option) => {
      const withSchema = (schema: object) => () => new ChatTool({ ...options, [option]: schema });
      expect(withSchema({ type: "array" })).toThrow(
        expect.objectContaining({
          code: "CONFIGURATION",
          message: expect.stringContaining(`\`${option}\` of the tool 'now' is JSON Schema`),
        }),
      );
      expect(withSchema({ type: "object" })).not.toThrow();
      expect(withSchema(z.array(z.string()))).not.toThrow();
    },
  );
});
