import { initTRPC, TRPCError } from "@trpc/server";
import { expect, it } from "vitest";
import { z } from "zod/v4";

import { defaultLimits } from "../chat-router-options.ts";
import { toTrpcError } from "../errors.ts";
import { chatInputs } from "./chat-inputs.ts";
import { describeInputErrors } from "./describe-input-errors.ts";

const t = initTRPC.create();
const inputs = chatInputs({ ...defaultLimits, maxPromptChars: 5 });
const procedure = t.procedure.use(describeInputErrors);
const issuesOfTheApp = new z.ZodError([
  { code: "custom", path: ["secret"], message: "secret", input: "" },
]);
let thrown: TRPCError;
const router = t.router({
  send: procedure.input(inputs.send).mutation(() => "sent"),
  fail: procedure.mutation(() => {
    throw thrown;
  }),
});
const caller = t.createCallerFactory(router)({});

it("says in words what is wrong with an input and keeps the validator's issues as the cause", async () => {
  const sent = caller.send({ chatId: "a", content: "far too long", id: "1" });
  await expect(sent).rejects.toMatchObject({
    code: "BAD_REQUEST",
    message:
      "The message is too long: at most 5 characters. Shorten it and send again. This id cannot be used: send with a new UUID.",
    cause: expect.any(z.ZodError),
  });
});

it("leaves results and other errors unchanged", async () => {
  expect(await caller.send({ chatId: "a", content: "Hi" })).toBe("sent");
  thrown = new TRPCError({ code: "CONFLICT", message: "An answer is in progress." });
  await expect(caller.fail()).rejects.toMatchObject({
    code: "CONFLICT",
    message: "An answer is in progress.",
  });
});

it("tells nothing of the app's own use of zod", async () => {
  thrown = toTrpcError(issuesOfTheApp);
  await expect(caller.fail()).rejects.toMatchObject({
    code: "INTERNAL_SERVER_ERROR",
    message: expect.not.stringContaining("secret"),
  });
  thrown = new TRPCError({ code: "BAD_REQUEST", message: "No.", cause: issuesOfTheApp });
  await expect(caller.fail()).rejects.toMatchObject({ code: "BAD_REQUEST", message: "No." });
});
