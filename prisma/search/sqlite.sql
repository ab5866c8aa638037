-- The index of the search, which a Prisma schema cannot express: the trigrams of each message under the number of its
-- row, and those of each title under the negative number of its chat's row. Running this again builds it anew.
DROP TRIGGER IF EXISTS "LlmMessage_search_insert";
DROP TRIGGER IF EXISTS "LlmMessage_search_update";
DROP TRIGGER IF EXISTS "LlmMessage_search_delete";
DROP TRIGGER IF EXISTS "LlmChat_search_insert";
DROP TRIGGER IF EXISTS "LlmChat_search_update";
DROP TRIGGER IF EXISTS "LlmChat_search_delete";
DROP TABLE IF EXISTS "LlmMessage_search";
CREATE VIRTUAL TABLE "LlmMessage_search" USING fts5(text, content='', contentless_delete=1, tokenize='trigram', detail=none);
INSERT INTO "LlmMessage_search"(rowid, text) SELECT rowid, "content" FROM "LlmMessage" WHERE "content" <> '';
INSERT INTO "LlmMessage_search"(rowid, text) SELECT -rowid, "title" FROM "LlmChat" WHERE "title" <> '';
CREATE TRIGGER "LlmMessage_search_insert" AFTER INSERT ON "LlmMessage" WHEN new."content" <> ''
BEGIN INSERT INTO "LlmMessage_search"(rowid, text) VALUES (new.rowid, new."content"); END;
CREATE TRIGGER "LlmMessage_search_update" AFTER UPDATE OF "content" ON "LlmMessage" WHEN new."content" IS NOT old."content"
BEGIN DELETE FROM "LlmMessage_search" WHERE rowid = old.rowid; INSERT INTO "LlmMessage_search"(rowid, text) SELECT new.rowid, new."content" WHERE new."content" <> ''; END;
CREATE TRIGGER "LlmMessage_search_delete" AFTER DELETE ON "LlmMessage" WHEN old."content" <> ''
BEGIN DELETE FROM "LlmMessage_search" WHERE rowid = old.rowid; END;
CREATE TRIGGER "LlmChat_search_insert" AFTER INSERT ON "LlmChat" WHEN new."title" <> ''
BEGIN INSERT INTO "LlmMessage_search"(rowid, text) VALUES (-new.rowid, new."title"); END;
CREATE TRIGGER "LlmChat_search_update" AFTER UPDATE OF "title" ON "LlmChat" WHEN new."title" IS NOT old."title"
BEGIN DELETE FROM "LlmMessage_search" WHERE rowid = -old.rowid; INSERT INTO "LlmMessage_search"(rowid, text) SELECT -new.rowid, new."title" WHERE new."title" <> ''; END;
CREATE TRIGGER "LlmChat_search_delete" AFTER DELETE ON "LlmChat" WHEN old."title" <> ''
BEGIN DELETE FROM "LlmMessage_search" WHERE rowid = -old.rowid; END;
