import { expect, it } from "vitest";
import { nameChat, titleInstructions } from "./name-chat.ts";

const request = (question: string, instructions = titleInstructions) => ({
  model: "offline",
  messages: [
    { role: "system" as const, content: instructions },
    { role: "user" as const, content: `Question:\n${question}\n\nAnswer:\nAn answer.` },
  ],
});

it.each([
  ["How do I mount the chat router?", "Mount the chat router"],
  [
    "What happens when the process is killed in the middle of an answer?",
    "Process is killed in the middle",
  ],
  ["Please show me the useChat hook. And then more.", "UseChat hook"],
  ["Hello", "Hello"],
  ["Thanks!\nBye", "Thanks"],
  ["", ""],
  ["How do I mount the chat router in my tRPC app?", "Mount the chat router"],
])("titles %j as %j", (question, title) => {
  expect(nameChat(request(question))).toBe(title);
});

it("ignores other requests", () => {
  expect(nameChat(request("How do I stop?", "Answer briefly."))).toBeNull();
  expect(nameChat({ model: "offline", messages: [] })).toBeNull();
});
