-- CreateTable
CREATE TABLE "LlmChat" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "model" TEXT,
    "provider" TEXT,
    "instructions" TEXT,
    "metadata" JSONB,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" DATETIME NOT NULL,
    "title" TEXT,
    "userId" TEXT,
    "temperature" REAL,
    "lastPosition" INTEGER NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "LlmMessage" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "chatId" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "content" TEXT,
    "contentRaw" TEXT,
    "reasoning" TEXT,
    "thinkingText" TEXT,
    "thinkingSignature" TEXT,
    "thinkingTokens" INTEGER,
    "inputTokens" INTEGER,
    "outputTokens" INTEGER,
    "modelId" TEXT,
    "provider" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "parentId" TEXT,
    "position" INTEGER,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "status" TEXT NOT NULL DEFAULT 'complete',
    "turnLock" TEXT,
    "parts" TEXT,
    "cost" REAL,
    "cachedTokens" INTEGER,
    "errorCode" TEXT,
    "finishReason" TEXT,
    "stopRequestedAt" DATETIME,
    "finishedAt" DATETIME,
    "metadata" TEXT,
    "object" TEXT,
    "finishDueAt" DATETIME,
    CONSTRAINT "LlmMessage_chatId_fkey" FOREIGN KEY ("chatId") REFERENCES "LlmChat" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "LlmToolCall" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "messageId" TEXT NOT NULL,
    "toolCallId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "arguments" TEXT NOT NULL,
    "thought" TEXT,
    "thoughtSignature" TEXT,
    "result" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "position" INTEGER NOT NULL DEFAULT 0,
    "step" INTEGER NOT NULL DEFAULT 0,
    "status" TEXT NOT NULL DEFAULT 'complete',
    "finishedAt" DATETIME,
    "output" TEXT,
    "progress" TEXT,
    CONSTRAINT "LlmToolCall_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "LlmMessage" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "LlmRequest" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "chatId" TEXT NOT NULL,
    "messageId" TEXT,
    "provider" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "statusCode" INTEGER NOT NULL,
    "duration" INTEGER NOT NULL,
    "inputTokens" INTEGER NOT NULL,
    "outputTokens" INTEGER NOT NULL,
    "cost" REAL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "errorCode" TEXT,
    "cachedTokens" INTEGER,
    CONSTRAINT "LlmRequest_chatId_fkey" FOREIGN KEY ("chatId") REFERENCES "LlmChat" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "LlmRequest_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "LlmMessage" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "LlmMessageChunk" (
    "messageId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "text" TEXT NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0,
    "toolCallId" TEXT,
    "timeoutMs" INTEGER,

    PRIMARY KEY ("messageId", "seq"),
    CONSTRAINT "LlmMessageChunk_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "LlmMessage" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "LlmUsage" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "scope" TEXT NOT NULL,
    "chatId" TEXT NOT NULL,
    "messageId" TEXT,
    "kind" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "statusCode" INTEGER NOT NULL,
    "errorCode" TEXT,
    "duration" INTEGER NOT NULL,
    "inputTokens" INTEGER NOT NULL,
    "outputTokens" INTEGER NOT NULL,
    "cachedTokens" INTEGER,
    "cost" REAL,
    "isEstimate" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- CreateTable
CREATE TABLE "LlmUsageDay" (
    "scope" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "day" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "requests" INTEGER NOT NULL,
    "errors" INTEGER NOT NULL,
    "inputTokens" BIGINT NOT NULL,
    "outputTokens" BIGINT NOT NULL,
    "cachedTokens" BIGINT,
    "cost" REAL,

    PRIMARY KEY ("scope", "kind", "day", "name")
);

-- CreateTable
CREATE TABLE "LlmAccount" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "scope" TEXT NOT NULL,
    "answers" INTEGER NOT NULL DEFAULT 0,
    "subscriptions" INTEGER NOT NULL DEFAULT 0,
    "tokens" INTEGER NOT NULL DEFAULT 0,
    "cost" REAL NOT NULL DEFAULT 0,
    "expiresAt" BIGINT NOT NULL DEFAULT 0,
    "call" TEXT NOT NULL DEFAULT '',
    "answersFrom" BIGINT NOT NULL DEFAULT 0,
    "answersBegun" INTEGER NOT NULL DEFAULT 0,
    "chatsFrom" BIGINT NOT NULL DEFAULT 0,
    "chatsMade" INTEGER NOT NULL DEFAULT 0,
    "period" TEXT NOT NULL DEFAULT 'day',
    "periodStart" BIGINT NOT NULL DEFAULT 0,
    "spentTokens" BIGINT NOT NULL DEFAULT 0,
    "spentCost" REAL NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "LlmAttachment" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "chatId" TEXT NOT NULL,
    "messageId" TEXT NOT NULL,
    "name" TEXT,
    "mediaType" TEXT NOT NULL,
    "size" INTEGER NOT NULL,
    "isStored" BOOLEAN NOT NULL DEFAULT false,
    "data" BLOB,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "LlmAttachment_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "LlmMessage" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "LlmStoredFile" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "attachmentId" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "LlmStoredFile_attachmentId_fkey" FOREIGN KEY ("attachmentId") REFERENCES "LlmAttachment" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "LlmChat_userId_updatedAt_id_idx" ON "LlmChat"("userId", "updatedAt", "id");

-- CreateIndex
CREATE INDEX "LlmChat_updatedAt_id_idx" ON "LlmChat"("updatedAt", "id");

-- CreateIndex
CREATE UNIQUE INDEX "LlmMessage_turnLock_key" ON "LlmMessage"("turnLock");

-- CreateIndex
CREATE INDEX "LlmMessage_parentId_chatId_active_idx" ON "LlmMessage"("parentId", "chatId", "active");

-- CreateIndex
CREATE INDEX "LlmMessage_chatId_active_position_idx" ON "LlmMessage"("chatId", "active", "position");

-- CreateIndex
CREATE UNIQUE INDEX "LlmMessage_chatId_position_key" ON "LlmMessage"("chatId", "position");

-- CreateIndex
CREATE UNIQUE INDEX "LlmToolCall_messageId_toolCallId_key" ON "LlmToolCall"("messageId", "toolCallId");

-- CreateIndex
CREATE INDEX "LlmRequest_chatId_createdAt_idx" ON "LlmRequest"("chatId", "createdAt");

-- CreateIndex
CREATE INDEX "LlmRequest_messageId_idx" ON "LlmRequest"("messageId");

-- CreateIndex
CREATE INDEX "LlmUsage_scope_createdAt_idx" ON "LlmUsage"("scope", "createdAt");

-- CreateIndex
CREATE INDEX "LlmUsage_createdAt_idx" ON "LlmUsage"("createdAt");

-- CreateIndex
CREATE INDEX "LlmUsageDay_kind_day_idx" ON "LlmUsageDay"("kind", "day");

-- CreateIndex
CREATE INDEX "LlmUsageDay_name_idx" ON "LlmUsageDay"("name");

-- CreateIndex
CREATE INDEX "LlmAccount_scope_idx" ON "LlmAccount"("scope");

-- CreateIndex
CREATE INDEX "LlmAttachment_messageId_idx" ON "LlmAttachment"("messageId");

-- CreateIndex
CREATE INDEX "LlmAttachment_chatId_idx" ON "LlmAttachment"("chatId");

-- CreateIndex
CREATE UNIQUE INDEX "LlmStoredFile_attachmentId_key" ON "LlmStoredFile"("attachmentId");

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
