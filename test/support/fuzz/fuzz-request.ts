import { hostileValues } from "../fakes/hostile-values.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { InputIds } from "../servers/procedures.ts";
import { procedures, validInputs } from "../servers/procedures.ts";
import { asArray, asRecord } from "../../../src/shared/json-value.ts";
import { sampleFiles } from "../files/sample-files.ts";
import { oddValues } from "./odd-values.ts";

/** A request as a liar would send it. */
export interface FuzzRequest {
  readonly user: string | null;
  readonly method: "GET" | "POST";
  readonly contentType: string | null;
  readonly accept: string;
  /** The input, in the URL of a GET and in the body of a POST. */
  readonly text: string | null;
}

/** What the users of the app have. */
export interface FuzzWorld {
  mine: readonly InputIds[];
  strangers: readonly InputIds[];
}

/** URLs that are longer are refused by Node itself. */
const maxQueryChars = 10_000;
/** Bytes of a hostile value, and of the few that are very large. */
const hostileBytes = 60_000;
const hugeBytes = 4_000_000;

/** Creates the next request to a procedure; the same numbers give the same request. */
export function fuzzRequest(name: string, world: FuzzWorld, random: SeededRandom): FuzzRequest {
  const procedure = procedures[name];
  if (procedure === undefined) throw new Error(`There is no procedure ${name}.`);
  const { kind } = procedure;
  const isWrongWay = random.chance(0.03);
  const isPost = (kind === "mutation") !== isWrongWay;
  let text = fuzzInput(name, world, random, isPost);
  if (!isPost && (text?.length ?? 0) > maxQueryChars) text = "{}";
  return {
    user: random.chance(0.02) ? null : random.pick(["u1", "u1", "u1", "u2", ""]),
    method: isPost ? "POST" : "GET",
    contentType: !isPost || random.chance(0.01) ? null : contentType(random),
    accept: kind === "subscription" || random.chance(0.01) ? "text/event-stream" : "*/*",
    text,
  };
}

function contentType(random: SeededRandom): string {
  const others = ["text/plain", "multipart/form-data; boundary=x", "application/octet-stream"];
  return random.chance(0.02) ? random.pick(others) : "application/json";
}

function fuzzInput(
  name: string,
  world: FuzzWorld,
  random: SeededRandom,
  isPost: boolean,
): string | null {
  if (random.chance(0.02)) return null;
  const ids = random.pick(random.chance(0.8) ? world.mine : world.strangers);
  const procedure = procedures[name];
  const input: Record<string, string> = {};
  const base = procedure === undefined ? {} : random.pick(validInputs(procedure, ids));
  for (const [field, value] of Object.entries(base)) input[field] = JSON.stringify(value);
  const fields = [...(procedure?.fields ?? []), "unheardOf"];
  const changes = random.pick([0, 0, 1, 1, 1, 2, 3]);
  for (let change = 0; change < changes; change++) {
    const field = random.pick(fields);
    const inner = procedure?.nested?.[field];
    if (inner !== undefined && random.chance(0.7))
      input[field] = oddObject(base[field], inner, () => oddValue(world, random, isPost), random);
    else if (random.chance(0.1)) Reflect.deleteProperty(input, field);
    else input[field] = oddValue(world, random, isPost);
  }
  const whole = `{${Object.entries(input)
    .map(([field, value]) => `${JSON.stringify(field)}:${value}`)
    .join()}}`;
  if (random.chance(0.05)) return oddValue(world, random, isPost);
  if (random.chance(0.03)) return `[${whole}]`;
  if (random.chance(0.03)) return broken(whole, random);
  return whole;
}

/** A field that is an object, or a list of objects, with one of its own fields changed. */
function oddObject(
  value: unknown,
  fields: readonly string[],
  odd: () => string,
  random: SeededRandom,
): string {
  const isList = fields.includes("url");
  const whole = isList ? random.pick([...asArray(value), sampleFiles.text]) : value;
  const entries = Object.entries(asRecord(whole)).map(([name, one]) => [name, JSON.stringify(one)]);
  const changed: Record<string, string> = Object.fromEntries(entries);
  changed[random.pick([...fields, "unheardOf"])] = odd();
  const object = `{${Object.entries(changed)
    .map(([name, json]) => `${JSON.stringify(name)}:${json}`)
    .join()}}`;
  return isList ? `[${object}]` : object;
}

/** A value as JSON. */
function oddValue(world: FuzzWorld, random: SeededRandom, isPost: boolean): string {
  if (random.chance(0.2)) {
    const ids = random.pick([...world.mine, ...world.strangers]);
    return JSON.stringify(random.pick(Object.values(ids)));
  }
  if (!random.chance(0.05)) return random.pick(oddValues);
  const bytes = random.chance(0.01) ? hugeBytes : hostileBytes;
  return random.pick(hostileValues).json(isPost ? bytes : 1_000);
}

/** Text that is not quite JSON. */
function broken(text: string, random: SeededRandom): string {
  const at = random.between(0, text.length);
  const rest = random.pick(["", "\0", "}", "]", '"', "\\", "\uFFFF", "'"]);
  return random.chance(0.2) ? rest : text.slice(0, at) + rest;
}
