import type { ModelAnswer } from "../providers/formats/model-answer.ts";
import { plainSse } from "../providers/formats/model-answer.ts";
import type { ProviderStub } from "../providers/provider-stubs.ts";
import { providerStubs } from "../providers/provider-stubs.ts";
import { SeededRandom } from "../seeded-random.ts";
import { expectedOutcome } from "./expected-outcome.ts";
import { cutAtRandom, frameAtRandom } from "./fuzz-stream.ts";
import { mutateEvents } from "./mutate-events.ts";
import type { WireCase, WireReply } from "./wire-case.ts";
import { wireScenarios } from "./wire-scenarios.ts";
import type { WireWriter } from "./wire-writers.ts";
import { wireWriters } from "./wire-writers.ts";

/** Proxies and servers name the type of a stream as they like. */
const mediaTypes = [
  "text/event-stream",
  "text/event-stream; charset=utf-8",
  "TEXT/EVENT-STREAM",
  "application/octet-stream",
  "application/json",
  "application/x-ndjson",
  "text/plain; charset=utf-8",
  "",
];

/** A case that depends only on its seed: a provider, a scenario, and a way to write it. */
export function generatedCase(seed: number): WireCase {
  const random = new SeededRandom(`case ${seed}`);
  const writer = wireWriters[seed % wireWriters.length] ?? random.pick(wireWriters);
  const [scenario, answer] = random.pick(
    Object.entries(wireScenarios).filter(([, one]) => writer.refuses || one.refusal === undefined),
  );
  const mediaType = random.pick(mediaTypes);
  const goesOn = (answer.toolCalls ?? []).length > 0 && answer.cut === undefined;
  return {
    id: `${writer.provider}-${seed}`,
    title: `${scenario}, as ${mediaType === "" ? "no type" : mediaType}`,
    provider: writer.provider,
    model: writer.model,
    control: null,
    responses: [
      reply(answer, writer, mediaType, random),
      ...(goesOn ? [reply({ text: ["Final."] }, writer, mediaType, random)] : []),
    ],
    expect: expectationOf(answer, writer, goesOn),
  };
}

/** Cases of `ask`: whole responses of each provider, and streams that a gateway sends in their place. */
export function askCases(): readonly WireCase[] {
  return Object.values(providerStubs).flatMap((stub) =>
    Object.entries(wireScenarios).flatMap(([scenario, answer]) => {
      const { refusal, cut, error } = answer;
      // Bedrock says with the status alone what is wrong.
      const cannot = error !== undefined && stub.dialect === "bedrock";
      if (cut !== undefined || cannot || (refusal !== undefined && !stub.refuses)) return [];
      return ["whole", "streamed"].map((way) => askCase(stub, way === "whole", scenario, answer));
    }),
  );
}

function askCase(
  stub: ProviderStub,
  isWhole: boolean,
  scenario: string,
  answer: ModelAnswer,
): WireCase {
  const { error, toolCalls = [] } = answer;
  const goesOn = toolCalls.length > 0;
  const write = (one: ModelAnswer): WireReply => {
    const body = one.error === undefined ? stub.whole(one) : stub.error(one.error);
    const packets = isWhole ? [Buffer.from(body)] : stub.packets(one);
    return {
      status: 200,
      headers: { "content-type": isWhole ? "application/json" : stub.streamType },
      writes: packets.map((packet) => ({ base64: Buffer.from(packet).toString("base64") })),
    };
  };
  return {
    id: `ask-${stub.name}-${isWhole ? "whole" : "streamed"}-${scenario.replaceAll(/\W+/g, "-")}`,
    title: scenario,
    provider: stub.name,
    model: stub.model,
    call: "ask",
    attempts: 1,
    control: null,
    responses: [write(answer), ...(goesOn ? [write({ text: ["Final."] })] : [])],
    // Nobody has seen the text before an error.
    expect: expectationOf(error === undefined ? answer : { error }, stub, goesOn),
  };
}

function reply(
  answer: ModelAnswer,
  writer: WireWriter,
  mediaType: string,
  random: SeededRandom,
): WireReply {
  const events = writer.events(answer);
  const bytes = random.chance(0.8)
    ? frameAtRandom(mutateEvents(events, writer, random), random)
    : Buffer.from(events.map(plainSse).join(""));
  return {
    status: 200,
    headers: mediaType === "" ? {} : { "content-type": mediaType },
    writes: cutAtRandom(bytes, random, [50, 500, 5000]).map((packet) => ({
      base64: Buffer.from(packet).toString("base64"),
    })),
  };
}

function expectationOf(
  answer: ModelAnswer,
  writer: { readonly dialect: string },
  goesOn: boolean,
): WireCase["expect"] {
  const {
    text = "",
    thinking = "",
    error,
    isFinished,
    finishReason,
  } = expectedOutcome(answer, writer);
  const code = errorCodeOf(answer, text, error ?? null, isFinished === true);
  const content = goesOn ? `${text}Final.` : text;
  return {
    status: code === null ? "complete" : "failed",
    ...(code === null ? {} : { errorCode: code }),
    ...(content === "" ? {} : { content }),
    ...(code !== null && content !== "" ? { kept: true } : {}),
    ...(thinking === "" ? {} : { thinking }),
    ...(code === null && !goesOn && finishReason !== undefined ? { finishReason } : {}),
    ...(goesOn
      ? {
          toolCalls: (answer.toolCalls ?? []).map(({ name, input }) => ({
            name,
            arguments: input,
          })),
        }
      : {}),
    mustNotLeak: ["The provider's own words"],
  };
}

function errorCodeOf(
  { finish, cut, toolCalls = [] }: ModelAnswer,
  text: string,
  error: string | null,
  isFinished: boolean,
): string | null {
  if (error !== null) return error;
  if (!isFinished) return cut === undefined ? "PROVIDER_ERROR" : "STREAM_INCOMPLETE";
  if (text !== "" || toolCalls.length > 0) return null;
  return finish === "content_filter" ? "CONTENT_FILTERED" : "EMPTY_ANSWER";
}
