-- AlterTable
ALTER TABLE "LlmChat" ADD COLUMN "temperature" REAL;
