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
