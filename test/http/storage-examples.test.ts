import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import S3rver from "@20minutes/s3rver";
import { createLLM } from "@node-llm/core";
import { afterEach, describe, expect, it } from "vitest";

import type { AttachmentStorage } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../support/clients/read-stream.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { sampleFiles } from "../support/files/sample-files.ts";
import { importExample } from "../support/project/import-example.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";

/** The exports of the examples in docs/attachments.md. `test/docs-examples.test.ts` tests that they compile. */
interface FileExample {
  readonly createFileStorage: (folder: string) => AttachmentStorage;
}
interface BucketExample {
  readonly createBucketStorage: (bucket: {
    readonly url: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly region: string;
  }) => AttachmentStorage;
}

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "files-"));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function createFiles(): Promise<AttachmentStorage> {
  const { createFileStorage } = await importExample<FileExample>(
    "docs/attachments.md",
    "server/file-storage.ts",
  );
  return createFileStorage(join(await createFolder(), "files"));
}

interface BucketOptions {
  readonly bucket?: string;
  readonly secretAccessKey?: string;
}

async function createBucket({
  bucket = "files",
  secretAccessKey = "S3RVER",
}: BucketOptions = {}): Promise<AttachmentStorage> {
  const { createBucketStorage } = await importExample<BucketExample>(
    "docs/attachments.md",
    "server/bucket-storage.ts",
  );
  const server = new S3rver({
    address: "127.0.0.1",
    port: 0,
    silent: true,
    directory: await createFolder(),
    configureBuckets: [{ name: "files", configs: [] }],
  });
  const { address, port } = await server.run();
  cleanUps.push(() => server.close());
  return createBucketStorage({
    url: `http://${address}:${port}/${bucket}`,
    accessKeyId: "S3RVER",
    secretAccessKey,
    region: "eu-central-1",
  });
}

const storages = { "a folder": createFiles, "a bucket": () => createBucket() };

describe.each(Object.entries(storages))("the storage in %s", (name, create) => {
  it("keeps bytes under a key until they are deleted, however often", async () => {
    const storage = await create();
    const key = randomUUID();
    const data = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);
    expect((await storage.get(key)) ?? null).toBeNull();
    await storage.put(key, data, { name: "ä.bin", mediaType: "image/png", size: data.length });
    const read = await storage.get(key);
    expect(read === null || read === undefined ? read : Buffer.compare(read, data)).toBe(0);
    await storage.delete(key);
    await storage.delete(key);
    expect((await storage.get(key)) ?? null).toBeNull();
  });

  describeDatabases(
    (_name, open) => {
      it("serves the router", async () => {
        const storage = await create();
        const { prisma } = await open();
        const provider = createScriptedProvider("Seen.");
        const options = { attachments: storage };
        const client = (await startChatServer(prisma, createLLM({ provider }), options)).client(
          "u1",
        );
        const { id: chatId } = await client.chat.create.mutate({});
        const attachments = [sampleFiles.png];
        const sent = await client.chat.send.mutate({ chatId, content: "", attachments });
        await readStream(client, { messageId: sent.assistantMessage.id });
        expect(provider.requests[0]?.messages[0]?.content).toEqual([
          { type: "image_url", image_url: { url: sampleFiles.png.url } },
        ]);
        const [image] = sent.userMessage.attachments;
        if (image === undefined) throw new Error("No attachment.");
        if (name === "a bucket") {
          const response = await fetch(image.url ?? "");
          expect(response.headers.get("content-type")).toBe("image/png");
          const bytes = Buffer.from(await response.arrayBuffer());
          expect(`data:image/png;base64,${bytes.toString("base64")}`).toBe(sampleFiles.png.url);
          expect(new URL(image.url ?? "").searchParams.get("X-Amz-Expires")).toBe("600");
        } else expect(image.url).toBeNull();
        await client.chat.delete.mutate({ chatId });
        expect((await storage.get(image.id)) ?? null).toBeNull();
      });
    },
    ["sqlite"],
  );
});

const file = { name: null, mediaType: "image/png", size: 1 };

it("the storage in a bucket says when there is no bucket", async () => {
  const storage = await createBucket({ bucket: "nowhere" });
  await expect(storage.put(randomUUID(), new Uint8Array(1), file)).rejects.toThrow(
    "There is no bucket",
  );
});

it("the storage in a bucket says when its key is wrong", async () => {
  const storage = await createBucket({ secretAccessKey: "wrong" });
  const key = randomUUID();
  const refused = /^(PUT|GET|DELETE) .*: 403 .*SignatureDoesNotMatch/s;
  await expect(storage.put(key, new Uint8Array(1), file)).rejects.toThrow(refused);
  await expect(storage.get(key)).rejects.toThrow(refused);
  await expect(storage.delete(key)).rejects.toThrow(refused);
});

it("the storage in a bucket gives addresses that are for one file and one type alone", async () => {
  const storage = await createBucket();
  const keys = [randomUUID(), randomUUID()] as const;
  for (const key of keys) await storage.put(key, new Uint8Array(1), file);
  const url = (await storage.url?.(keys[0], file)) ?? "";
  const statusOf = async (address: string): Promise<number> => (await fetch(address)).status;
  expect(await statusOf(url)).toBe(200);
  expect(await statusOf(url.replace(keys[0], keys[1]))).toBe(403);
  expect(await statusOf(url.replace("image%2Fpng", "text%2Fhtml"))).toBe(403);
});
