import type { ToolDefinition } from "@node-llm/core";

export const sendFeedbackName = "send_feedback";

/**
 * Creates a tool that saves the user's feedback about the demo. Because it has an effect outside the
 * chat, the demo asks for approval first. Its result is a {@link FeedbackReceipt} as JSON.
 */
export function createSendFeedbackTool(save: (text: string) => Promise<string>): ToolDefinition {
  return {
    type: "function",
    function: {
      name: sendFeedbackName,
      description:
        "Sends the user's feedback about this demo to its operator. Call it only when the user asks for it. The user must approve each call.",
      parameters: {
        type: "object",
        properties: {
          feedback: { type: "string", description: "The feedback, in the user's own words." },
        },
        required: ["feedback"],
        additionalProperties: false,
      },
    },
    handler: async (args) => {
      const receipt: FeedbackReceipt = { saved: true, file: await save(readFeedback(args)) };
      return JSON.stringify(receipt);
    },
  };
}

interface FeedbackReceipt {
  readonly saved: true;
  readonly file: string;
}

/** Returns the file with the feedback, or null if the result is not a receipt, as after a denial. */
export function parseReceipt(result: string): string | null {
  try {
    const value: unknown = JSON.parse(result);
    if (typeof value !== "object" || value === null || !("file" in value)) return null;
    return typeof value.file === "string" ? value.file : null;
  } catch {
    return null;
  }
}

function readFeedback(args: unknown): string {
  if (typeof args === "object" && args !== null && "feedback" in args) {
    if (typeof args.feedback === "string" && args.feedback.trim() !== "") return args.feedback;
  }
  throw new TypeError('send_feedback needs {"feedback": "…"}.');
}
