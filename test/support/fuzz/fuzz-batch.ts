import type { SeededRandom } from "../seeded-random.ts";
import { procedures } from "../servers/procedures.ts";
import type { FuzzRequest, FuzzWorld } from "./fuzz-request.ts";
import { fuzzRequest } from "./fuzz-request.ts";

/** A request of several calls, as a liar would send it. */
export interface FuzzBatch extends FuzzRequest {
  /** The procedures, in the order of the calls. */
  readonly names: readonly string[];
}

/** More than the server accepts, which is 20. */
const maxCalls = 25;
/** URLs that are longer are refused by Node itself. */
const maxQueryChars = 10_000;

/** Creates the next request of several calls; the same numbers give the same request. */
export function fuzzBatch(world: FuzzWorld, random: SeededRandom): FuzzBatch {
  const kind = random.pick(["query", "query", "mutation"] as const);
  const ofKind = Object.keys(procedures).filter((name) => procedures[name]?.kind === kind);
  const count = random.pick([1, 2, 2, 3, 5, 8, 19, 20, 21, random.between(1, maxCalls)]);
  const only = random.chance(0.2) ? random.pick(ofKind) : null;
  const names = Array.from({ length: count }, () => {
    if (random.chance(0.03)) return random.pick(Object.keys(procedures));
    return only ?? random.pick(ofKind);
  });
  const calls = names.map((name) => fuzzRequest(name, world, random));
  const first = calls[0] ?? fuzzRequest("models", world, random);
  const isPost = (kind === "mutation") !== random.chance(0.03);
  const inputs = calls.flatMap(({ text }, index) => {
    // Some calls have the input of another one, none, or one of several.
    const place = random.chance(0.02) ? random.pick(["-1", "a", "1e9", "__proto__"]) : index;
    return text === null ? [] : [`${JSON.stringify(String(place))}:${text}`];
  });
  let text = random.chance(0.02) ? `[${inputs.join()}]` : `{${inputs.join()}}`;
  if (
    !isPost &&
    encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, "\uFFFD")).length > maxQueryChars
  )
    text = "{}";
  return {
    ...first,
    accept: "*/*",
    method: isPost ? "POST" : "GET",
    contentType: isPost ? "application/json" : null,
    text,
    names: names.map((name) => (random.chance(0.01) ? "noSuchProcedure" : name)),
  };
}
