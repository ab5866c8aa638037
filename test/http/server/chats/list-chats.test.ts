import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";

describeDatabases((_name, open) => {
  it("pages through chats, newest first, and finds them by title", async () => {
    const { prisma } = await open();
    const client = (
      await startChatServer(prisma, createLLM({ provider: createScriptedProvider("Hi") }))
    ).client("u1");
    for (const title of ["Alpha", "Beta", "Gamma", "Alphabet", "Delta"])
      await client.chat.create.mutate({ title });
    const first = await client.chat.list.query({ limit: 2 });
    const second = await client.chat.list.query({ limit: 2, cursor: first.nextCursor });
    const third = await client.chat.list.query({ limit: 2, cursor: second.nextCursor });
    const titles = [...first.items, ...second.items, ...third.items].map((chat) => chat.title);
    expect(titles).toEqual(["Delta", "Alphabet", "Gamma", "Beta", "Alpha"]);
    expect(third.nextCursor).toBeNull();
    const found = await client.chat.list.query({ search: "alpha" });
    expect(found.items.map((chat) => chat.title)).toEqual(["Alphabet", "Alpha"]);
    const [newest] = found.items;
    const renamed = await client.chat.update.mutate({
      chatId: newest?.id ?? "",
      title: "Renamed",
    });
    expect(renamed.title).toBe("Renamed");
    expect(await client.chat.delete.mutate({ chatId: renamed.id })).toEqual({ deleted: true });
    await expect(client.chat.get.query({ chatId: renamed.id })).rejects.toMatchObject({
      data: { code: "NOT_FOUND" },
    });
  });
});
