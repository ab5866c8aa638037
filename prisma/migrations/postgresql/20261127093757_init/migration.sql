-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "LlmChat" (
    "id" TEXT NOT NULL,
    "model" TEXT,
    "provider" TEXT,
    "instructions" TEXT,
    "metadata" JSONB,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "title" TEXT,
    "userId" TEXT,
    "temperature" DOUBLE PRECISION,
    "lastPosition" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "LlmChat_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "LlmMessage" (
    "id" TEXT NOT NULL,
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
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "parentId" TEXT,
    "position" INTEGER,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "status" TEXT NOT NULL DEFAULT 'complete',
    "turnLock" TEXT,
    "parts" TEXT,
    "cost" DOUBLE PRECISION,
    "cachedTokens" INTEGER,
    "errorCode" TEXT,
    "finishReason" TEXT,
    "stopRequestedAt" TIMESTAMP(3),
    "finishedAt" TIMESTAMP(3),
    "metadata" TEXT,
    "object" TEXT,
    "finishDueAt" TIMESTAMP(3),

    CONSTRAINT "LlmMessage_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "LlmToolCall" (
    "id" TEXT NOT NULL,
    "messageId" TEXT NOT NULL,
    "toolCallId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "arguments" TEXT NOT NULL,
    "thought" TEXT,
    "thoughtSignature" TEXT,
    "result" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "position" INTEGER NOT NULL DEFAULT 0,
    "step" INTEGER NOT NULL DEFAULT 0,
    "status" TEXT NOT NULL DEFAULT 'complete',
    "finishedAt" TIMESTAMP(3),
    "output" TEXT,
    "progress" TEXT,

    CONSTRAINT "LlmToolCall_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "LlmRequest" (
    "id" TEXT NOT NULL,
    "chatId" TEXT NOT NULL,
    "messageId" TEXT,
    "provider" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "statusCode" INTEGER NOT NULL,
    "duration" INTEGER NOT NULL,
    "inputTokens" INTEGER NOT NULL,
    "outputTokens" INTEGER NOT NULL,
    "cost" DOUBLE PRECISION,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "errorCode" TEXT,
    "cachedTokens" INTEGER,

    CONSTRAINT "LlmRequest_pkey" PRIMARY KEY ("id")
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

    CONSTRAINT "LlmMessageChunk_pkey" PRIMARY KEY ("messageId","seq")
);

-- CreateTable
CREATE TABLE "LlmUsage" (
    "id" TEXT NOT NULL,
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
    "cost" DOUBLE PRECISION,
    "isEstimate" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "LlmUsage_pkey" PRIMARY KEY ("id")
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
    "cost" DOUBLE PRECISION,

    CONSTRAINT "LlmUsageDay_pkey" PRIMARY KEY ("scope","kind","day","name")
);

-- CreateTable
CREATE TABLE "LlmAccount" (
    "id" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "answers" INTEGER NOT NULL DEFAULT 0,
    "subscriptions" INTEGER NOT NULL DEFAULT 0,
    "tokens" INTEGER NOT NULL DEFAULT 0,
    "cost" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "expiresAt" BIGINT NOT NULL DEFAULT 0,
    "call" TEXT NOT NULL DEFAULT '',
    "answersFrom" BIGINT NOT NULL DEFAULT 0,
    "answersBegun" INTEGER NOT NULL DEFAULT 0,
    "chatsFrom" BIGINT NOT NULL DEFAULT 0,
    "chatsMade" INTEGER NOT NULL DEFAULT 0,
    "period" TEXT NOT NULL DEFAULT 'day',
    "periodStart" BIGINT NOT NULL DEFAULT 0,
    "spentTokens" BIGINT NOT NULL DEFAULT 0,
    "spentCost" DOUBLE PRECISION NOT NULL DEFAULT 0,

    CONSTRAINT "LlmAccount_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "LlmAttachment" (
    "id" TEXT NOT NULL,
    "chatId" TEXT NOT NULL,
    "messageId" TEXT NOT NULL,
    "name" TEXT,
    "mediaType" TEXT NOT NULL,
    "size" INTEGER NOT NULL,
    "isStored" BOOLEAN NOT NULL DEFAULT false,
    "data" BYTEA,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "LlmAttachment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "LlmStoredFile" (
    "key" TEXT NOT NULL,
    "attachmentId" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "LlmStoredFile_pkey" PRIMARY KEY ("key")
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

-- AddForeignKey
ALTER TABLE "LlmMessage" ADD CONSTRAINT "LlmMessage_chatId_fkey" FOREIGN KEY ("chatId") REFERENCES "LlmChat"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "LlmToolCall" ADD CONSTRAINT "LlmToolCall_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "LlmMessage"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "LlmRequest" ADD CONSTRAINT "LlmRequest_chatId_fkey" FOREIGN KEY ("chatId") REFERENCES "LlmChat"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "LlmRequest" ADD CONSTRAINT "LlmRequest_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "LlmMessage"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "LlmMessageChunk" ADD CONSTRAINT "LlmMessageChunk_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "LlmMessage"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "LlmAttachment" ADD CONSTRAINT "LlmAttachment_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "LlmMessage"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "LlmStoredFile" ADD CONSTRAINT "LlmStoredFile_attachmentId_fkey" FOREIGN KEY ("attachmentId") REFERENCES "LlmAttachment"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- The index of the search, which a Prisma schema cannot express: the trigrams of messages and titles. On a server
-- without the extension pg_trgm, or without the right to create it, there is no index, and searches are slower.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  DROP INDEX IF EXISTS "LlmMessage_search";
  DROP INDEX IF EXISTS "LlmChat_search";
  CREATE INDEX "LlmMessage_search" ON "LlmMessage" USING gin (lower("content") gin_trgm_ops);
  CREATE INDEX "LlmChat_search" ON "LlmChat" USING gin (lower("title") gin_trgm_ops);
EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file THEN
  RAISE WARNING 'node-llm-trpc: there is no index for the search: %', SQLERRM;
END $$;
