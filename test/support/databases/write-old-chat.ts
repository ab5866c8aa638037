import { randomUUID } from "node:crypto";

import type { Row } from "../../../src/orm/database/client/prisma-client-like.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { SchemaDatabase } from "./describe-schema.ts";

/** A chat as `@node-llm/orm` 0.8.0 has written it. */
export interface OldChat {
  readonly id: string;
  /** The messages in the order in which they were written. */
  readonly messages: readonly OldMessage[];
}

/** A message of such a chat. */
export interface OldMessage {
  readonly id: string;
  readonly role: "user" | "assistant";
  /** Null for an answer whose process was killed. */
  readonly content: string | null;
  readonly calls: readonly {
    readonly id: string;
    readonly city: string;
    /** Null for a call whose process was killed. */
    readonly result: string | null;
  }[];
}

/**
 * Writes a chat in the way of 0.8.0: question and empty answer one after the other and mostly in the same millisecond,
 * random ids, arguments that its chat encodes twice and its agent sessions once, a rollback that leaves the question
 * alone, and a process that may die at any moment.
 */
export async function writeOldChat(
  { model }: SchemaDatabase,
  random: SeededRandom,
  index: number,
  data: Row = {},
): Promise<OldChat> {
  const id = randomUUID();
  let now = Date.UTC(2025, 0, 1) + index * 60_000;
  const tick = (): Date => new Date((now += random.pick([0, 0, 0, 1, 7])));
  await model("LlmChat").create({ data: { id, model: "gpt-4o", createdAt: tick(), ...data } });
  const messages: OldMessage[] = [];
  const write = async (role: string, content: string | null): Promise<string> => {
    const row: Row = { id: randomUUID(), chatId: id, role, content, createdAt: tick() };
    await model("LlmMessage").create({ data: row });
    return String(row["id"]);
  };
  const turns = random.between(1, 6);
  for (let turn = 1; turn <= turns; turn++) {
    const question = `Question ${turn} of chat ${index}\nwith a second line`;
    const userId = await write("user", question);
    messages.push({ id: userId, role: "user", content: question, calls: [] });
    const answerId = await write("assistant", null);
    const isKilled = turn === turns && random.chance(0.2);
    const calls: OldMessage["calls"][number][] = [];
    const count = random.chance(0.4) ? random.between(1, 3) : 0;
    for (let call = 1; call <= count; call++) {
      const city = `City ${turn}.${call}`;
      const result = isKilled && call === count ? null : `Sunny in ${city}`;
      const toolCallId = `call_${index}_${turn}_${call}`;
      const json = JSON.stringify({ city });
      await model("LlmToolCall").create({
        data: {
          id: randomUUID(),
          messageId: answerId,
          toolCallId,
          name: "get_weather",
          arguments: random.chance(0.7) ? JSON.stringify(json) : json,
          createdAt: tick(),
        },
      });
      if (result !== null)
        await model("LlmToolCall").updateMany({
          where: { messageId: answerId, toolCallId },
          data: { result },
        });
      calls.push({ id: toolCallId, city, result });
    }
    if (!isKilled && random.chance(0.15)) {
      await model("LlmMessage").deleteMany({ where: { id: answerId } });
      continue;
    }
    const content = isKilled ? null : `Answer ${turn} of chat ${index}`;
    if (content !== null)
      await model("LlmMessage").updateMany({
        where: { id: answerId },
        data: { content, contentRaw: JSON.stringify({ usage: {} }), provider: "openai" },
      });
    messages.push({ id: answerId, role: "assistant", content, calls });
  }
  return { id, messages };
}
