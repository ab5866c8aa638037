import type { ToolDefinition } from "@node-llm/core";

export const sendFeedbackName = "send_feedback";

/**
 * A tool that keeps what a visitor thinks of the demo. It does something outside of the chat, so the
 * demo asks the visitor first. Its result is the JSON of {@link FeedbackReceipt}.
 */
export function createSendFeedbackTool(save: (text: string) => Promise<string>): ToolDefinition {
  return {
    type: "function",
    function: {
      name: sendFeedbackName,
      description:
        "Sends the user's feedback about this demo to whoever runs it. Only when the user asks for it; the user is asked to approve.",
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

/** The file that the feedback is in; null when the result is not a receipt, for example after a denial. */
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
