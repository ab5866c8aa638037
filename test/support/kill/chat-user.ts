import { randomUUID } from "node:crypto";

import type { TRPCClient } from "@trpc/client";
import { TRPCClientError } from "@trpc/client";

import type { ChatMessage } from "../../../src/chat/chat-message.ts";
import { isInProgress } from "../../../src/chat/chat-message.ts";
import { createAppClient } from "../clients/create-app-client.ts";
import type { AppRouter } from "../servers/create-app-router.ts";
import { AnswerReader } from "./answer-reader.ts";
import { planAnswer, plannedText } from "./plan-answer.ts";
import { question, replayedAnswer } from "./start-planned-provider.ts";
import { Reading } from "./reading.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { Slot, World } from "./world.ts";
import { Sight } from "./world.ts";

type Client = TRPCClient<AppRouter>["chat"];

const retryMs = 150;
/** A chat that stays locked for this long, in milliseconds, will never be unlocked. */
const patienceMs = 60_000;

/** A question that the server has confirmed, and what is known about its answers. */
export interface Asked {
  readonly token: string;
  readonly userMessageId: string;
  /** The ids of answers that the server has returned. */
  readonly answerIds: string[];
  /** How many answers ended with nothing in them and are gone. */
  removed: number;
  /** How many requests to regenerate may or may not have arrived. */
  unknown: number;
}

interface Turn {
  readonly asked: Asked;
  readonly message: ChatMessage;
  readonly sight: Sight;
  /** Taken while the answer is produced. */
  readonly slot: Slot;
}

/** A user with one chat, who asks, reads, stops, asks again and edits while servers die. */
export class ChatUser {
  readonly name: string;
  readonly asked: Asked[] = [];
  /** The ids of questions that were refused. Nothing may be stored for them. */
  readonly refused: string[] = [];
  chatId = "";
  readonly #world: World;
  readonly #random: SeededRandom;
  /** The active branch after the last turn. */
  #branch: readonly ChatMessage[] = [];
  /** An answer that no tab has read. */
  #unseen: Turn | null = null;
  #deaths = 0;

  constructor(world: World, name: string) {
    this.name = name;
    this.#world = world;
    this.#random = world.random(name);
  }

  /** Chats for some turns, until an answer has reached its end. */
  async run(): Promise<void> {
    for (let turn = 1; !this.#isDone(); turn++) {
      const slot = await this.#world.takeSlot();
      try {
        if (turn === 1) this.chatId = (await this.#ask((client) => client.create.mutate({}))).id;
        const turns = await this.#begin(`${this.name}-${turn}`, slot);
        await Promise.all(turns.map((begun) => this.#awaitAnswer(begun)));
      } finally {
        slot.release();
      }
      this.#branch = this.#unseen === null ? await this.#page() : [];
    }
  }

  #isDone(): boolean {
    const end = this.#branch.at(-1);
    if (end === undefined || end.role === "user" || end.status === "interrupted") return false;
    return this.#world.isClosing || (this.#deaths > 0 && this.#random.chance(0.4));
  }

  /** Asks something new, edits the last question, or regenerates its answer. */
  async #begin(token: string, slot: Slot): Promise<Turn[]> {
    const kind = this.#random.next();
    if (this.#branch.length > 0 && kind < 0.25) return [await this.#regenerate(slot)];
    if (this.#branch.length > 0 && kind < 0.4) {
      const edited = this.#branch.findLast((message) => message.role === "user");
      return this.#send(token, slot, { parentId: edited?.parentId ?? null });
    }
    if (this.#branch.length > 0 && kind < 0.5) return this.#sendTwice(token, slot);
    const turns = await this.#send(token, slot);
    await this.#verifyUnseen();
    return turns;
  }

  async #send(
    token: string,
    slot: Slot,
    options: { parentId?: string | null; id?: string; isRival?: boolean } = {},
  ): Promise<Turn[]> {
    const { id = randomUUID(), isRival = false, ...branch } = options;
    const input = { chatId: this.chatId, content: question(token), id, ...branch };
    let requests = 0;
    const sent = await this.#ask(
      (client) => {
        requests++;
        return client.send.mutate(input);
      },
      { waitsForConflict: !isRival },
    ).catch((error: unknown) => {
      if (requests > 1 && isMissingAnswer(error)) return null;
      throw error;
    });
    if (requests > 1) this.#world.tally.repeatedSends++;
    const asked: Asked = { token, userMessageId: id, answerIds: [], removed: 0, unknown: 0 };
    this.asked.push(asked);
    if (sent === null) {
      asked.removed++;
      return [];
    }
    const { userMessage, assistantMessage } = sent;
    this.#world.check(userMessage.id === id, () => `${token} got the id ${userMessage.id}.`);
    this.#world.check(
      assistantMessage.parentId === id,
      () => `${token} has an answer with another parent.`,
    );
    asked.answerIds.push(assistantMessage.id);
    return [{ asked, message: assistantMessage, sight: new Sight(), slot }];
  }

  /** Sends two questions at once to any instances. One is accepted; both are if the second arrives after the end of the first. */
  async #sendTwice(token: string, slot: Slot): Promise<Turn[]> {
    const rivals = [token, `${token}b`].map(async (one) => {
      const id = randomUUID();
      try {
        return await this.#send(one, slot, { id, isRival: true });
      } catch (error) {
        if (!isConflict(error)) throw error;
        this.refused.push(id);
        return null;
      }
    });
    const taken = (await Promise.all(rivals)).filter((turns) => turns !== null);
    this.#world.check(taken.length > 0, () => `${token}: both were refused.`);
    this.#world.tally.rivals += 2 - taken.length;
    return taken.flat();
  }

  async #regenerate(slot: Slot): Promise<Turn> {
    const asked = this.#askedOf(this.#branch.at(-1));
    const messageId = this.#branch.at(-1)?.id ?? asked.userMessageId;
    let requests = 0;
    const { assistantMessage } = await this.#ask((client) => {
      if (requests++ > 0) asked.unknown++;
      return client.regenerate.mutate({ messageId });
    });
    this.#world.check(
      !asked.answerIds.includes(assistantMessage.id),
      () => `${asked.token}: the id ${assistantMessage.id} was given out twice.`,
    );
    asked.answerIds.push(assistantMessage.id);
    return { asked, message: assistantMessage, sight: new Sight(), slot };
  }

  #askedOf(message: ChatMessage | undefined): Asked {
    const id = message?.role === "user" ? message.id : message?.parentId;
    const found = this.asked.find((one) => one.userMessageId === id);
    if (found === undefined) throw new Error(`${this.name} did not ask ${String(id)}.`);
    return found;
  }

  /** Reads an answer to its end in some tabs, and may stop it. Or looks away, and comes back later. */
  async #awaitAnswer(turn: Turn): Promise<void> {
    const { message, sight } = turn;
    const random = this.#random;
    const world = this.#world;
    world.begin(message.id, turn.slot);
    const tabs = random.pick([0, 1, 1, 1, 2]);
    if (tabs === 0 && random.chance(0.5) && !world.isClosing && this.#unseen === null) {
      this.#unseen = turn;
      return;
    }
    const reading = Array.from({ length: tabs }, async (_, tab) => {
      const breaks = random.chance(0.5) ? 0.05 : 0;
      const own = world.random(`${this.name}/${turn.asked.token}/${tab}`);
      const decide = (waiting: ChatMessage): Promise<void> => this.#decide(waiting);
      const options = { world, random: own, userId: this.name, breaks, sight, decide };
      return await new AnswerReader(message, options).read();
    });
    const stop = random.chance(0.15) ? this.#stopLater(message.id) : null;
    const ends = await Promise.all(reading);
    await stop;
    if (tabs === 0) await world.sleep(random.between(0, 4_000));
    const end = tabs === 0 ? await this.#awaitEnd(turn) : (ends[0] ?? null);
    turn.slot.release();
    for (const other of ends)
      world.check(
        endingOf(other) === endingOf(end),
        () => `Two tabs ended differently: ${JSON.stringify([end, other])}`,
      );
    await this.#verify(turn, end);
  }

  /** The next question was accepted, so the answer before it must have ended. */
  async #verifyUnseen(): Promise<void> {
    const turn = this.#unseen;
    if (turn === null) return;
    this.#unseen = null;
    turn.slot.release();
    const end = (await this.#page()).find((one) => one.id === turn.message.id) ?? null;
    const status = end?.status ?? "stopped";
    this.#world.check(
      !isInProgress(status),
      () => `A question was accepted during ${turn.message.id}.`,
    );
    await this.#verify(turn, end);
  }

  async #stopLater(messageId: string): Promise<void> {
    await this.#world.sleep(this.#random.between(0, 1_500));
    await this.#ask((client) => client.stop.mutate({ messageId })).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  }

  /** Polls the page until the answer ends, as a client without a stream does. */
  async #awaitEnd({ message }: Turn): Promise<ChatMessage | null> {
    const reading = new Reading(message.chatId, message.id);
    this.#world.readings.push(reading);
    for (;;) {
      const page = await this.#page(reading);
      const now = page.find((one) => one.id === message.id) ?? null;
      if (now?.status === "interrupted") reading.interruptedAt = Date.now();
      if (now === null || !isInProgress(now.status)) return now;
      if (now.status === "awaiting_approval") await this.#decide(now);
      else reading.inProgressAt = Date.now();
      await this.#world.sleep(retryMs);
    }
  }

  /** Approves or denies the calls that wait for approval. The decision depends only on the call's id. */
  async #decide(message: ChatMessage): Promise<void> {
    for (const { toolCallId, status } of message.toolCalls) {
      if (status !== "awaiting_approval") continue;
      const approved = this.#world.random(toolCallId).chance(0.7);
      const decision = { messageId: message.id, toolCallId, approved };
      this.#world.tally.decisions++;
      await this.#ask((client) => client.respondToTool.mutate(decision), {
        waitsForConflict: false,
      }).catch((error: unknown) => {
        // The answer may have ended in the meantime.
        if (!isMissing(error) && !isConflict(error)) throw error;
      });
    }
  }

  /** Compares an answer that has ended with what was planned and what was seen. */
  async #verify(turn: Turn, end: ChatMessage | null): Promise<void> {
    const { asked, message, sight } = turn;
    const world = this.#world;
    const about = (text: string) => (): string =>
      `${asked.token} ${message.id} ${end?.status ?? "gone"}: ${text}`;
    const status = end?.status ?? "removed";
    world.tally.endings.set(status, (world.tally.endings.get(status) ?? 0) + 1);
    const page = await this.#page();
    const stored = page.find((one) => one.id === message.id) ?? null;
    // A failure without text is reported to readers for a while, but not stored.
    if (stored === null) {
      world.check(end === null || end.content === "", about("is not stored"));
      world.check(end?.status !== "interrupted", about("is not stored"));
      asked.removed++;
      return;
    }
    world.check(stored.status === end?.status, about(`stored as ${stored.status}`));
    world.check(stored.content === end?.content, about(`stored with ${stored.content.length}`));
    this.#comparePlan(asked, stored, about);
    this.#compareHistory(asked, page);
    const saved = sight.savedOf(message.id);
    world.check(saved <= stored.content.length, about(`lost saved text of ${saved}`));
    for (const [id, result] of sight.results) {
      const kept = stored.toolCalls.find((call) => call.toolCallId === id);
      world.check(kept?.result === result, about(`lost the result of ${id}`));
    }
    for (const call of stored.toolCalls)
      world.check(
        call.result !== null && call.status !== "running",
        about("a tool is still running"),
      );
    if (stored.status === "interrupted") this.#deaths++;
    // Half of a surrogate pair at the end is not stored.
    else
      world.check(sight.longest - 1 <= stored.content.length, about(`${sight.longest} were seen`));
  }

  /** Checks that the text is a prefix of the planned one, and all of it if the answer is complete. */
  #comparePlan(asked: Asked, stored: ChatMessage, about: (text: string) => () => string): void {
    const { content } = stored;
    const call = /^call_[^_]+_(\d+)_/.exec(stored.toolCalls[0]?.toolCallId ?? "")?.[1];
    const label = /\.(\d+): /.exec(content)?.[1];
    const attempt = Number(call ?? label ?? 0);
    const attempts =
      attempt > 0
        ? [attempt]
        : [...this.#world.provider.calls(asked.token)].map((one) => one.attempt);
    const planned = attempts.map((one) =>
      plannedText(planAnswer(this.#world.seed, asked.token, one)),
    );
    const fits = (text: string): boolean =>
      stored.status === "complete" ? text === content : text.startsWith(content);
    const isNothing = content === "" && stored.status !== "complete";
    this.#world.check(isNothing || planned.some(fits), about(`is not as planned: ${content}`));
  }

  /** Checks that the provider was sent the previous answer as the page shows it. */
  #compareHistory(asked: Asked, page: readonly ChatMessage[]): void {
    const index = page.findIndex((one) => one.id === asked.userMessageId);
    const previous = page[index - 1];
    const [call] = this.#world.provider.calls(asked.token);
    if (call === undefined || previous?.role !== "assistant") return;
    const replayed = replayedAnswer(call, this.#askedOf(previous).token);
    this.#world.check(
      replayed === previous.content,
      () => `${asked.token} was asked with ${replayed} instead of ${previous.content}`,
    );
  }

  async #page(reading: Reading | null = null): Promise<readonly ChatMessage[]> {
    const { items } = await this.#ask((client) => client.messages.query({ chatId: this.chatId }), {
      reading,
    });
    for (const [index, item] of items.entries()) {
      const before = items[index - 1];
      if (before === undefined) continue;
      this.#world.check(item.parentId === before.id, () => `${this.chatId} is not a chain.`);
    }
    return items;
  }

  /** Sends a request to any instance, and to another when that one is gone. A locked chat is unlocked seconds after a kill. */
  async #ask<Output>(
    request: (client: Client) => Promise<Output>,
    options: { waitsForConflict?: boolean; reading?: Reading | null } = {},
  ): Promise<Output> {
    const { waitsForConflict = true } = options;
    const startedAt = Date.now();
    let conflicts: Reading | null = null;
    for (;;) {
      const since = Date.now();
      const instance = await this.#world.instance(this.#random);
      const reading = options.reading ?? conflicts;
      reading?.turnTo(instance, since);
      try {
        return await request(createAppClient(instance.url, this.name).chat);
      } catch (error) {
        if (isConflict(error) && waitsForConflict && Date.now() - startedAt < patienceMs) {
          if (conflicts === null) {
            conflicts = new Reading(this.chatId, null);
            this.#world.readings.push(conflicts);
            conflicts.turnTo(instance, since);
          }
          if (isWaiting(error)) await this.#decideAll();
          else conflicts.inProgressAt = Date.now();
        } else if (!isConnectionError(error)) throw error;
      } finally {
        (options.reading ?? conflicts)?.leave();
      }
      await this.#world.sleep(retryMs);
    }
  }

  /** Decides on calls of an answer that no tab has read, or that the user does not know of. */
  async #decideAll(): Promise<void> {
    for (const message of await this.#page())
      if (message.status === "awaiting_approval") await this.#decide(message);
  }
}

/** A reader that comes late to an answer that ended with nothing in it finds it gone. */
function endingOf(end: ChatMessage | null): string {
  const isRemoved = end === null || (end.content === "" && end.parts.length === 0);
  return isRemoved && end?.status !== "interrupted" ? "gone" : `${end?.status} ${end?.content}`;
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof TRPCClientError)) return null;
  const data: unknown = error.data;
  const hasCode = typeof data === "object" && data !== null && "code" in data;
  return hasCode ? String(data.code) : null;
}

const isMissing = (error: unknown): boolean => codeOf(error) === "NOT_FOUND";
const isConflict = (error: unknown): boolean =>
  codeOf(error) === "CONFLICT" && !isMissingAnswer(error);
const isMissingAnswer = (error: unknown): boolean =>
  codeOf(error) === "CONFLICT" && String(error).includes("ended with nothing in it");

const isWaiting = (error: unknown): boolean => String(error).includes("waits for the approval");

/** The request failed because the instance died, is shutting down, or hung. Its journal tells which. */
const isConnectionError = (error: unknown): boolean =>
  error instanceof TRPCClientError &&
  [null, "SERVICE_UNAVAILABLE", "INTERNAL_SERVER_ERROR"].includes(codeOf(error));
