import { afterEach, beforeEach, expect, it } from "vitest";

import type { ChatHub } from "node-llm-trpc/server";
import { Answer } from "../../../src/chat/answer.ts";
import { Database } from "../../../src/orm/database/database.ts";
import { identifyDatabase } from "../../../src/server/hub/identify-database.ts";
import { connected, connectHub } from "../../support/servers/connect-hub.ts";
import { describeDatabases } from "../../support/databases/describe-databases.ts";
import type { TestDatabase } from "../../support/databases/describe-databases.ts";
import { fakeMessage } from "../../support/fakes/fake-message.ts";
import { RedisServer } from "../../support/servers/redis-server.ts";

let redis: RedisServer;
beforeEach(async () => {
  redis = await RedisServer.start();
});
afterEach(async () => {
  await redis.stop();
});

/** An instance's hub, on a connection of its own. */
async function openHub({ prisma }: Pick<TestDatabase, "prisma">): Promise<ChatHub> {
  const hub = connectHub(redis).forDatabase?.(() => identifyDatabase(Database.open(prisma)));
  if (hub === undefined) throw new Error("The hub has one name for all databases.");
  await connected(hub);
  return hub;
}

describeDatabases((_name, open) => {
  it("keeps apps on one Redis apart, whose databases have the same ids", async () => {
    const [ours, copy] = [await open(), await open()];
    const producer = await openHub(ours);
    const reader = await openHub({ prisma: ours.connect() });
    const stranger = await openHub(copy);
    const strangersPeer = await openHub({ prisma: copy.connect() });

    const heard: string[] = [];
    const { signal } = new AbortController();
    for (const [name, hub] of Object.entries({ reader, stranger })) {
      hub.watch("chat", () => void heard.push(`${name} is notified`), signal);
      hub.subscribe(
        "m",
        (events) => void heard.push(...events.map(({ type }) => `${name} reads ${type}`)),
        signal,
      );
    }
    const answer = new Answer(fakeMessage({ id: "m", chatId: "chat", status: "pending" }));
    const stops: string[] = [];
    producer.open(answer, () => void stops.push("stopped"));
    answer.append("text", "Hello");
    await expect.poll(() => heard).toContain("reader reads text");
    producer.notify("chat");
    await expect.poll(() => heard).toContain("reader is notified");

    expect(await stranger.stop("m")).toBe("unknown");
    expect(stops).toEqual([]);
    // What was sent before has arrived when this has.
    strangersPeer.notify("chat");
    await expect.poll(() => heard).toContain("stranger is notified");
    expect(heard.filter((one) => one === "stranger is notified")).toHaveLength(1);
    expect(heard.filter((one) => one.startsWith("stranger reads"))).toEqual([]);

    await expect.poll(() => reader.stop("m")).toBe("delivered");
    await expect.poll(() => stops).toEqual(["stopped"]);
    const message = fakeMessage({ id: "m", chatId: "chat", status: "complete", content: "Hello" });
    answer.finish(message);
    producer.end("m");
    await expect.poll(() => reader.find("m")).not.toBeNull();
    expect(await stranger.find("m")).toBeNull();
  });
});

it("asks the database again when it could not be reached", async () => {
  let calls = 0;
  const hub = connectHub(redis).forDatabase?.(() => {
    calls++;
    return calls < 3 ? Promise.reject(new Error("away")) : Promise.resolve("ours");
  });
  const other = connectHub(redis).forDatabase?.(() => Promise.resolve("ours"));
  let notices = 0;
  hub?.watch("chat", () => void notices++, new AbortController().signal);
  expect(hub?.isConnected).toBe(false);
  await expect.poll(() => hub?.isConnected).toBe(true);
  expect(calls).toBe(3);
  await expect
    .poll(() => {
      other?.notify("chat");
      return notices;
    })
    .toBeGreaterThan(0);
});

it("lets instances hear each other whose servers say different things, with an identity of the app's own", async () => {
  const heard: string[] = [];
  /** An instance that is connected to one member of a cluster. */
  const openMember = async (member: string, identity?: string): Promise<ChatHub> => {
    const hub = connectHub(redis, 60_000, identity).forDatabase?.(() => Promise.resolve(member));
    if (hub === undefined) throw new Error("The hub has one name for all databases.");
    await connected(hub);
    const onChange = () => void heard.push(`${identity} on ${member}`);
    hub.watch("chat", onChange, new AbortController().signal);
    return hub;
  };
  const ours = await openMember("one", "shop");
  for (const identity of ["shop", "staging", "", undefined]) await openMember("two", identity);
  await openMember("one");
  // It may take a moment until a subscription is there.
  await expect
    .poll(() => {
      ours.notify("chat");
      return heard;
    })
    .toContain("shop on two");
  const strangers = await openMember("one");
  await expect
    .poll(() => {
      strangers.notify("chat");
      return heard;
    })
    .toContain("undefined on one");
  // The hub that notifies tells its own watchers itself.
  expect(new Set(heard)).toEqual(new Set(["shop on one", "shop on two", "undefined on one"]));
});
