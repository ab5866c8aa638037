import { initTRPC, TRPCError } from "@trpc/server";
import { expect, it } from "vitest";
import { z } from "zod/v4";
import { chatInputs } from "./chat-inputs.ts";
import { nameInputErrors } from "./errors.ts";
import { defaultLimits } from "./chat-router-options.ts";

const t = initTRPC.create();
const inputs = chatInputs({ ...defaultLimits, maxPromptChars: 5 });
const router = t.router({
  send: t.procedure
    .use(nameInputErrors)
    .input(inputs.send)
    .mutation(() => "sent"),
  fail: t.procedure.use(nameInputErrors).mutation(() => {
    throw new TRPCError({ code: "CONFLICT", message: "An answer is in progress." });
  }),
});
const caller = t.createCallerFactory(router)({});

it("says in words what is wrong with an input, and keeps the validator's list as the cause", async () => {
  const sent = caller.send({ chatId: "a", content: "far too long", id: "1" });
  await expect(sent).rejects.toMatchObject({
    code: "BAD_REQUEST",
    message:
      "The message is too long: at most 5 characters. Shorten it and send again. The id of a message must be a UUID.",
    cause: expect.any(z.ZodError),
  });
});

it("leaves everything else as it is", async () => {
  expect(await caller.send({ chatId: "a", content: "Hi" })).toBe("sent");
  await expect(caller.fail()).rejects.toMatchObject({
    code: "CONFLICT",
    message: "An answer is in progress.",
  });
});
