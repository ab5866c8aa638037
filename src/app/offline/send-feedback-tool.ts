import { defineTool } from "node-llm-trpc/server";
import { z } from "zod";
import { parseAs } from "./search-docs-tool.ts";

export const sendFeedbackName = "send_feedback";

/** Where the feedback has been saved. */
const receipt = z.object({ file: z.string() });

/**
 * Creates a tool that saves the user's feedback about the demo. Because it has an effect outside the
 * chat, each call has to be approved.
 *
 * @param save resolves to the file
 */
export function createSendFeedbackTool(save: (text: string) => Promise<string>) {
  return defineTool({
    name: sendFeedbackName,
    description:
      "Sends the user's feedback about this demo to its operator. Call it only when the user asks for it. The user must approve each call.",
    inputSchema: z.object({
      feedback: z.string().trim().min(1).describe("The feedback, in the user's own words."),
    }),
    outputSchema: receipt,
    needsApproval: true,
    execute: async ({ feedback }) => ({ file: await save(feedback) }),
  });
}

/** Returns the file with the feedback, or null if the result is not a receipt, as after a denial. */
export function parseReceipt(result: string): string | null {
  return parseAs(receipt, result)?.file ?? null;
}
